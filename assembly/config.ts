/**
 * Every block size and tile of the kernels, each with its reason. Sizes are in f32 elements. Those that a benchmark
 * varies can be set from outside: `asc --use GEMM_KC=128`.
 */

/**
 * Columns of a packed panel. Two vectors: with MR rows a tile fills the 15 registers that V8 has on x64. The wide build
 * has four, for engines that make one 256-bit register of two neighbours: half as many registers, and as many chains of
 * sums as it takes to hide the latency of the wider multiply-add. Without such an engine its tiles spill.
 */
// @ts-ignore: decorator
@inline export const NR: i32 = isDefined(PANEL_COLUMNS) ? PANEL_COLUMNS : 8

/** Rows of a tile: 8 accumulators, 2 vectors of B and 4 splats of A, since V8 may load all of them ahead. */
// @ts-ignore: decorator
@inline export const MR: i32 = 4

/**
 * Greatest depth of a block of a product, and so of a chain of sums: a panel of it (18 kB) stays in L1 while the rows of
 * A pass (in the wide build it comes from L2), and the rounding errors of a chain stay below 7e-6 even where all point
 * the same way, as they do on constant data.
 */
// @ts-ignore: decorator
@inline export const KC: i32 = isDefined(GEMM_KC) ? GEMM_KC : 576

/** Blocks of a product without packing whose sums are added up before they are added to what there is. */
// @ts-ignore: decorator
@inline export const SUM_BLOCKS: i32 = 64

/** Rows of a block of a product: that much of A (288 kB at full depth) stays in L2 while the panels of B pass. */
// @ts-ignore: decorator
@inline export const MC: i32 = isDefined(GEMM_MC) ? GEMM_MC : 128

/** Columns of a block of a product: that much of B (576 kB at full depth) stays in L2. */
// @ts-ignore: decorator
@inline export const NC: i32 = isDefined(GEMM_NC) ? GEMM_NC : 256

/** Columns of a block of a product without packing: four cache lines of a row of B are read on end. */
// @ts-ignore: decorator
@inline export const STREAM_COLUMNS: i32 = 64

/** Values of B above which a product without packing reads them in order: 1 MB, an L2. */
// @ts-ignore: decorator
@inline export const STREAM_VALUES: i32 = 262144

/** Output pixels of a block of a convolution: the input rows under them stay in L1 or L2 while the panels pass. */
// @ts-ignore: decorator
@inline export const CONV_BLOCK: i32 = isDefined(CONV_PIXELS) ? CONV_PIXELS : 96

/** Values in a set of panels, all of which a tile of a convolution meets before the next tile: 16 kB, half of L1. */
// @ts-ignore: decorator
@inline export const CONV_PANELS: i32 = isDefined(CONV_VALUES) ? CONV_VALUES : 4096

/** Output pixels that a block of a filter gradient sums up: the panels of 4 to 8 rows of either operand stay in L1. */
// @ts-ignore: decorator
@inline export const GRAD_BLOCK: i32 = isDefined(GRAD_PIXELS) ? GRAD_PIXELS : 256

/** Rows of dw whose windows are packed together, a multiple of NR: 64 kB of them stay in L2 while panels of dy pass. */
// @ts-ignore: decorator
@inline export const GRAD_ROWS: i32 = 64

/** Pixels of dy that are multiplied with a panel of the filter for the gradient of the input. */
// @ts-ignore: decorator
@inline export const INPUT_GRAD_BLOCK: i32 = isDefined(INPUT_GRAD_PIXELS) ? INPUT_GRAD_PIXELS : 64

/** Rows of a block of packing: as many lines as the L1 keeps where the rows of B lie a power of two apart. */
// @ts-ignore: decorator
@inline export const PACK_BLOCK: i32 = isDefined(PACK_KC) ? PACK_KC : 16

/**
 * Values that a lane adds up in f32 before the sum goes into an f64 one. Less is more exact, (SUM_BLOCK + 12) · 2⁻²⁴ in
 * the worst case; at 64 the f64 part is still only a tenth of the work.
 */
// @ts-ignore: decorator
@inline export const SUM_BLOCK: i32 = 64
