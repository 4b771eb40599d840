/** Padding with what lies at the edge, mirrored. */

import { ArgumentError, checkOneOf, show, showShape } from '../errors.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { chained } from './chained.ts'
import { gather } from './gather.ts'
import { clone } from './layout.ts'
import { withTensor } from './operands.ts'

/**
 * x with its own elements put around it, mirrored: paddings[i] = [before, after] along axis i.
 * @param x a tensor, or values for one
 * @param paddings [before, after] for each axis
 * @param mode 'reflect' leaves out the element at the edge, [1, 2, 3] → [3, 2, |1, 2, 3|, 2, 1]; 'symmetric' does not,
 *   [2, 1, |1, 2, 3|, 3, 2]
 * @example
 * mirrorPad([1, 2, 3], [[2, 2]], 'reflect').print() // [3, 2, 1, 2, 3, 2, 1]
 */
export const mirrorPad = /* @__PURE__ */ chained(
  'mirrorPad',
  (x: TensorLike, paddings: readonly (readonly [number, number])[], mode: 'reflect' | 'symmetric'): Tensor => {
    const who = 'mirrorPad'
    checkOneOf(who, 'mode', mode, ['reflect', 'symmetric'])
    return withTensor(who, 'x', x, ($x) => {
      const skip = mode === 'reflect' ? 1 : 0
      const fits = (pair: unknown, axis: number): boolean =>
        Array.isArray(pair) &&
        pair.length === 2 &&
        pair.every((n) => Number.isInteger(n) && n >= 0 && n <= $x.shape[axis]! - skip)
      if (!Array.isArray(paddings) || paddings.length !== $x.rank || !paddings.every(fits)) {
        const expected = `paddings to be [before, after] for each axis of ${showShape($x.shape)}, each at most its size${skip ? ' − 1' : ''}`
        throw new ArgumentError({ who, expected, received: show(paddings) })
      }
      return tidy(() =>
        paddings.reduce<Tensor>((y, [before, after], axis) => {
          const length = $x.shape[axis]!
          const mirrored = (i: number): number => (i < 0 ? skip - 1 - i : i < length ? i : 2 * length - 1 - skip - i)
          const indices = Int32Array.from({ length: before + length + after }, (_, i) => mirrored(i - before))
          return before + after === 0 ? y : gather(y, indices, axis)
        }, clone($x)),
      )
    })
  },
)
