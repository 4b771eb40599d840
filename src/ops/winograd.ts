/**
 * Convolution by 3 × 3 filters through Winograd's F(4 × 4, 3 × 3), with its gradients, optionally with the 2 × 2
 * max-pooling behind it: what the kernels of assembly/winograd.ts need around them. Whether a convolution goes this way
 * is decided by `suitsWinograd` alone.
 */

import { MULTIPLIES, type ParallelAxis, type Runtime } from '../runtime/runtime.ts'
import type { Conv2DShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { withDerived } from './derived.ts'
import { type EpilogueActivation, epilogueCode } from './epilogue.ts'
import { allocate, atOrNull } from './op.ts'

/** Values of a transformed tile, per channel. */
const TILE = 36
/** Bytes that a kernel's transformed tiles should take: they stay in L2 beside the filter. */
const BLOCK_BYTES = 400_000
/** Scratch of a two-dimensional transform of pairs of vectors: the results of both passes, and its factors. */
const WORK_BYTES = 2 * TILE * 32 + 64
/** The same for a filter's gradient: a cache line for each value, and the result of the first pass. */
const FILTER_BYTES = TILE * (64 + 16)
/** Parts that a batch is cut into, whatever the number of threads: filter gradients are summed up by part. */
const MOST_PARTS = 16
/** The most bytes for the partial sums of a filter's gradient, as long as that leaves four. */
const PARTS_BYTES = 24e6
/** Tiles that a part of a filter's gradient should have, as long as that leaves four: its sums are written and read once. */
const PART_TILES = 32

/**
 * Whether Winograd's way is the better one: 3 × 3, stride 1, enough channels to make up for the transforms, images large
 * enough that the tiles don't reach far past them. Always false with `init({ conv: 'direct' })`.
 */
export function suitsWinograd(owner: Runtime, shape: Conv2DShape): boolean {
  const { C, F, P, Q, R, S, strideH, strideW, dilationH, dilationW, groups } = shape
  if (owner.conv === 'direct' || groups > 1) return false
  if (R !== 3 || S !== 3 || strideH * strideW * dilationH * dilationW !== 1) return false
  if (C % 4 !== 0 || F % 4 !== 0 || C < 8 || F < 8 || C * F > 65_536) return false
  return 8 * tilesPerImage(shape) <= P * Q
}

export interface WinogradOutput {
  readonly y: Tensor
  /** With pooling, where it is asked for: the place of each maximum, a byte for each. */
  readonly indices: Tensor | undefined
}

/**
 * activation(x ∗ filter + bias), and its 2 × 2 max-pooling where `pool` says so.
 * @param pool 'indexed' also notes where the maxima were, for the gradient
 */
export function winogradForward(
  who: string,
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  shape: Conv2DShape,
  activation: EpilogueActivation,
  pool: 'none' | 'pooled' | 'indexed' = 'none',
): WinogradOutput {
  const { B, H, W, C, P, Q, F, padTop, padLeft } = shape
  const sizes = pool === 'none' ? [B, P, Q, F] : [B, P >> 1, Q >> 1, F]
  const y = allocate(who, sizes)
  const indices = pool === 'indexed' ? allocate(who, [Math.ceil(y.size / 4)], 'int32') : undefined
  if (y.size === 0) return { y, indices }
  const { owner } = y.storage(who)
  const tiles = B * tilesPerImage(shape)
  const blockTiles = tilesPerBlock(shape)
  const grain = Math.ceil(tiles / MOST_PARTS / 4) * 4
  const axis = { extent: tiles, work: (TILE * C * F) / MULTIPLIES, grain }
  withTransformedFilter(who, 'winogradFilter', filter, shape, (u) => {
    withSlots(who, owner, shape, blockTiles, Math.ceil(tiles / grain), (scratch, slotBytes) => {
      const pointers = [x.at(who), u, atOrNull(who, bias), y.at(who), atOrNull(who, indices), scratch] as const
      const geometry = [slotBytes, H, W, C, P, Q, F, padTop, padLeft] as const
      const code = epilogueCode(activation)
      owner.run('winogradForward', axis, ...pointers, ...geometry, code, pool === 'none' ? 0 : 1, blockTiles, grain)
    })
  })
  return { y, indices }
}

export interface WinogradGradients {
  readonly dx: Tensor | null
  readonly dw: Tensor | null
  readonly db: Tensor | null
}

/** What gradients are made of: each of them is computed where what it takes is given. */
export interface GradientOperands {
  /** The gradient before the activation; that of the pooled output where `indices` are given. */
  readonly dy: Tensor
  /** For dx. */
  readonly filter?: Tensor | undefined
  /** For dw. */
  readonly x?: Tensor | undefined
  /** For db. */
  readonly bias?: boolean
  readonly indices?: Tensor | undefined
}

/** The gradients of the input [B, H, W, C], the filter [3, 3, C, F] and the bias [F] in one pass. */
export function winogradGradients(
  who: string,
  shape: Conv2DShape,
  { dy, filter, x, bias = false, indices }: GradientOperands,
): WinogradGradients {
  const { B, H, W, C, P, Q, F, padTop, padLeft } = shape
  const dx = filter === undefined ? null : allocate(who, [B, H, W, C])
  const dw = x === undefined ? null : allocate(who, [3, 3, C, F])
  const db = bias ? allocate(who, [F]) : null
  const { owner } = dy.storage(who)
  if (dy.size === 0) {
    for (const gradient of [dx, dw, db]) gradient?.view().fill(0)
    return { dx, dw, db }
  }
  // A dU that is larger than L2 passes once for each block: then the fewer, the better.
  const blockTiles = tilesPerBlock(shape, C * F > 16_384 ? 64 : 8)
  const fitting = Math.min(PARTS_BYTES / (TILE * C * F * 4), (B * tilesPerImage(shape)) / PART_TILES)
  const mostParts = Math.min(MOST_PARTS, Math.max(4, Math.floor(fitting)))
  const grain = Math.ceil(B / mostParts)
  const parts = Math.ceil(B / grain)
  const products = (dx === null ? 0 : 1) + (dw === null ? 0 : 1)
  const work = (tilesPerImage(shape) * TILE * C * F * products) / MULTIPLIES
  const run = (u: number): void => {
    owner.withScratch(dw === null ? 0 : parts * TILE * C * F * 4, who, (dU) => {
      owner.withScratch(parts * F * 4, who, (partsOfDb) => {
        withSlots(who, owner, shape, blockTiles, parts, (scratch, slotBytes) => {
          const results = [atOrNull(who, dx), dw === null ? 0 : dU, db === null ? 0 : partsOfDb] as const
          const pointers = [atOrNull(who, x), dy.at(who), atOrNull(who, indices), u, ...results, scratch] as const
          const geometry = [slotBytes, H, W, C, P, Q, F, padTop, padLeft] as const
          owner.run('winogradGrad', { extent: B, work, grain }, ...pointers, ...geometry, blockTiles, grain)
        })
        if (db !== null) {
          const blocks = { extent: Math.ceil(F / 16), work: 16 * parts, grain: 1 }
          owner.run('reduceSum', blocks, partsOfDb, db.at(who), 0, 1, parts, F)
        }
      })
      if (dw !== null) transformFilterBack(who, owner, dU, dw, parts)
    })
  }
  if (filter === undefined) run(0)
  else withTransformedFilter(who, 'winogradFilterTransposed', filter, shape, run)
  return { dx, dw, db }
}

/** Lends the filter, transformed and packed. */
function withTransformedFilter(
  who: string,
  kernel: 'winogradFilter' | 'winogradFilterTransposed',
  filter: Tensor,
  { C, F }: Conv2DShape,
  use: (u: number) => void,
): void {
  const { owner } = filter.storage(who)
  const [rows, columns] = kernel === 'winogradFilter' ? [C, F] : [F, C]
  const panels = Math.ceil(columns / owner.panelColumns)
  const panelSize = rows * owner.panelColumns
  const bytes = TILE * panels * panelSize * 4
  const transform = (u: number): void => {
    owner.withScratch(panels * WORK_BYTES, who, (scratch) => {
      const axis = { extent: panels, work: 3 * TILE * panelSize, grain: 1 }
      owner.run(kernel, axis, filter.at(who), u, C, F, scratch)
    })
  }
  withDerived(who, filter, kernel, bytes, transform, use)
}

/** dw [3, 3, C, F] of the partial sums of dU. */
function transformFilterBack(who: string, owner: Runtime, dU: number, dw: Tensor, parts: number): void {
  const [, , C, F] = dw.shape as readonly [number, number, number, number]
  const grain = Math.ceil((C * F) / MOST_PARTS / 16) * 16
  owner.withScratch(MOST_PARTS * FILTER_BYTES, who, (scratch) => {
    const axis: ParallelAxis = { extent: C * F, work: TILE * parts, grain }
    owner.run('winogradGradFilter', axis, dU, dw.at(who), parts, C, F, scratch, grain)
  })
}

/** Lends scratch for each part of a batch that a thread may work at: transformed tiles, a tile, a transform's work. */
function withSlots(
  who: string,
  owner: Runtime,
  { C, F }: Conv2DShape,
  blockTiles: number,
  parts: number,
  use: (scratch: number, slotBytes: number) => void,
): void {
  const slotBytes = matricesBytes(blockTiles, C) + matricesBytes(blockTiles, F) + TILE * Math.max(C, F) * 4 + WORK_BYTES
  // A single thread computes all parts in the first slot.
  owner.withScratch(slotBytes * (owner.threads === 1 ? 1 : parts), who, (scratch) => use(scratch, slotBytes))
}

/** A block of transformed tiles: a matrix for each value of a tile, and cache lines that keep them out of one cache set. */
function matricesBytes(blockTiles: number, channels: number): number {
  return TILE * (blockTiles * channels * 4 + 64)
}

function tilesPerBlock({ C, F }: Conv2DShape, least = 8): number {
  const fitting = Math.floor(BLOCK_BYTES / (TILE * (C + F) * 4) / 4) * 4
  return Math.min(64, Math.max(least, fitting))
}

function tilesPerImage({ P, Q }: Conv2DShape): number {
  return Math.ceil(P / 4) * Math.ceil(Q / 4)
}
