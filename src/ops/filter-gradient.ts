/**
 * The gradient of a filter out of x and dy, which is a sum over the pixels of all images: for convolutions, and, with a
 * filter of one tap, for products whose left operand is transposed.
 */

import { packedBytes } from '../runtime/packing.ts'
import { MULTIPLIES, type Runtime } from '../runtime/runtime.ts'
import type { Conv2DShape } from '../shape.ts'

/** Pixels of a block and rows of dw of a chunk, as in assembly/config.ts. */
const GRAD_BLOCK = 256
const GRAD_ROWS = 64
/** Ranges of an axis that have scratch of their own. */
const MOST_SLOTS = 16
/** Blocks in a part of a sum: no more than a sum of sums of blocks loses little by, no fewer than are worth a part. */
const MOST_BLOCKS = 256
const LEAST_BLOCKS = 4

export type FilterShape = Omit<Conv2DShape, 'shape' | 'padBottom' | 'padRight'>

/**
 * dw of x and dy, by their addresses. Long sums are cut into parts, as many as the shape says, each with a dw of its own:
 * they are work for several threads where dw is small, and keep the sums exact.
 */
export function filterGradient(
  who: string,
  owner: Runtime,
  x: number,
  dy: number,
  dw: number,
  shape: FilterShape,
): void {
  const { B, H, W, C, P, Q, F, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft, groups } = shape
  const [groupC, groupF] = [C / groups, F / groups]
  const [pixels, K] = [B * P * Q, R * S * groupC]
  const size = K * F
  if (pixels === 0) owner.memory.f32(dw, size).fill(0)
  if (size * pixels === 0) return
  const chunks = Math.ceil(K / GRAD_ROWS)
  const blocks = Math.ceil(pixels / GRAD_BLOCK)
  const partBlocks = Math.min(MOST_BLOCKS, Math.max(LEAST_BLOCKS, Math.ceil((blocks * chunks) / MOST_SLOTS)))
  const parts = Math.ceil(blocks / partBlocks)
  const { grain, slots } = slotsAlong(parts * chunks)
  const slotBytes = GRAD_BLOCK * 4 * (GRAD_ROWS + packedBytes(owner.build, 1, groupF) / 4)
  owner.withScratch(parts === 1 ? 0 : parts * size * 4, who, (partial) => {
    const to = parts === 1 ? dw : partial
    withSlots(owner, slots, slotBytes, who, (scratch) => {
      for (let g = 0; g < groups; g++) {
        const offset = g * groupF * 4
        const pointers = [x + g * groupC * 4, dy + offset, to + offset, scratch, slotBytes] as const
        const sizes = [H, W, groupC, P, Q, groupF, R, S] as const
        const steps = [strideH, strideW, dilationH, dilationW, padTop, padLeft, C, F, F] as const
        const work = (Math.min(pixels, partBlocks * GRAD_BLOCK) * Math.min(K, GRAD_ROWS) * groupF) / MULTIPLIES
        const axis = { extent: parts * chunks, work, grain }
        const cut = [pixels, partBlocks * GRAD_BLOCK, size, grain] as const
        owner.run('conv2dGradFilter', axis, ...pointers, ...sizes, ...steps, ...cut)
      }
    })
    if (parts > 1) {
      const columns = { extent: Math.ceil(size / 16), work: 16 * parts, grain: 1 }
      owner.run('reduceSum', columns, partial, dw, 0, 1, parts, size)
    }
  })
}

/** How an axis is cut so that no more than MOST_SLOTS ranges need scratch of their own. */
export function slotsAlong(extent: number): { grain: number; slots: number } {
  const grain = Math.ceil(extent / MOST_SLOTS)
  return { grain, slots: Math.ceil(extent / grain) }
}

/** Lends scratch for each range that a thread may work at. A single thread computes all of them in the first. */
export function withSlots(
  owner: Runtime,
  slots: number,
  bytes: number,
  who: string,
  use: (scratch: number) => void,
): void {
  owner.withScratch(bytes * (owner.threads === 1 ? 1 : slots), who, use)
}
