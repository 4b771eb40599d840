/** Products whose sums are so long that even a sum of sums of blocks would lose digits: in slabs, which are added up. */

import type { Runtime } from '../runtime/runtime.ts'
import { type EpilogueActivation, epilogueCode } from './epilogue.ts'

/** Terms of a sum that a kernel computes on end: at most 128 blocks of the 576 of assembly/config.ts. */
const SLAB = 65_536

/** Computes the terms begin..end of all sums into the `size` elements at `to`. */
export type Slab = (begin: number, end: number, to: number, isFirst: boolean, code: number) => void

/**
 * Computes `size` sums of `items` items of `terms` terms each, at y: all at once where they are short enough. The first
 * slab has the bias; the activation comes last.
 */
export function inSlabs(
  who: string,
  owner: Runtime,
  y: number,
  size: number,
  items: number,
  terms: number,
  activation: EpilogueActivation,
  compute: Slab,
): void {
  const most = Math.max(1, Math.floor(SLAB / terms))
  if (items <= most) {
    compute(0, items, y, true, epilogueCode(activation))
    return
  }
  compute(0, most, y, true, 0)
  owner.withScratch(size * 4, who, (slab) => {
    for (let begin = most; begin < items; begin += most) {
      compute(begin, Math.min(items, begin + most), slab, false, 0)
      owner.run('addInto', size, slab, y)
    }
  })
  if (activation !== 'linear') owner.run('clip', size, y, y, 0, activation === 'relu' ? Number.POSITIVE_INFINITY : 6)
}
