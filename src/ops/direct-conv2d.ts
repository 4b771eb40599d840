/** Convolution and its gradients by direct kernels, for any filter, stride, dilation and number of groups. */

import { packedBytes } from '../runtime/packing.ts'
import { MULTIPLIES } from '../runtime/runtime.ts'
import type { Conv2DShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { withDerived } from './derived.ts'
import type { EpilogueActivation } from './epilogue.ts'
import { filterGradient, slotsAlong, withSlots } from './filter-gradient.ts'
import { multiplyFew, multiplyRows, packOperand, ROWS_WORTH_PACKING } from './matmul.ts'
import { allocate, atOrNull } from './op.ts'
import { withPadding } from './padding.ts'
import { inSlabs } from './slabs.ts'

/** Pixels and rows that a kernel works through at a time, as in assembly/config.ts. */
const CONV_BLOCK = 96
const INPUT_GRAD_BLOCK = 64

/** activation(x ∗ filter + bias): [B, P, Q, F] */
export function directForward(
  who: string,
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  shape: Conv2DShape,
  activation: EpilogueActivation,
): Tensor {
  const y = allocate(who, shape.shape)
  const { B, C, P, Q, F, R, S, strideH, strideW, dilationH, dilationW, groups } = shape
  const [groupC, groupF] = [C / groups, F / groups]
  const K = R * S * groupC
  const owner = y.storage(who).owner
  if (y.size === 0) return y
  const pixels = B * P * Q
  if (isPointwise(shape) && groups === 1 && pixels < ROWS_WORTH_PACKING) {
    const pointers = [x.at(who), filter.at(who), atOrNull(who, bias), y.at(who)] as const
    multiplyFew(who, owner, ...pointers, { M: pixels, N: F, K: C }, [C, 1, F, 1], activation)
    return y
  }
  const bytes = packedBytes(owner.build, K, groupF)
  const pack = (packed: number): void => {
    for (let g = 0; g < groups; g++) {
      packOperand(owner, filter.at(who) + g * groupF * 4, packed + g * bytes, K, groupF, F)
    }
  }
  withPadding(who, x, shape, (input, H, W) => {
    // The same filter may be taken in other groups, with other channels of x.
    withDerived(who, filter, `packed in ${groups}`, groups * bytes, pack, (packed) => {
      for (let g = 0; g < groups; g++) {
        const outputOffset = g * groupF * 4
        const groupBias = bias === undefined ? 0 : atOrNull(who, bias) + outputOffset
        const from = input + g * groupC * 4
        const to = y.at(who) + outputOffset
        const panels = packed + g * bytes
        if (isPointwise(shape)) {
          const sizes = { M: pixels, N: groupF, K: groupC }
          multiplyRows(who, owner, from, panels, groupBias, to, sizes, C, F, activation)
          continue
        }
        const rows = groups === 1 ? R : 1
        inSlabs(who, owner, to, y.size, rows, K / rows, activation, (begin, end, to, isFirst, code) => {
          const taken = groups === 1 ? end - begin : R
          const pointers = [
            from + begin * dilationH * W * C * 4,
            panels + (begin * K * owner.panelColumns * 4) / R,
          ] as const
          const sizes = [B, H, W, groupC, P, Q, groupF, taken, S] as const
          const steps = [strideH, strideW, dilationH, dilationW, K, C, F] as const
          const axis = { extent: pixels, work: (K * groupF) / MULTIPLIES, grain: CONV_BLOCK }
          owner.run('conv2dForward', axis, ...pointers, isFirst ? groupBias : 0, to, ...sizes, ...steps, code)
        })
      }
    })
  })
  return y
}

/** Whether it is a product of the pixels with a matrix. */
function isPointwise(shape: Conv2DShape): boolean {
  const { R, S, strideH, strideW, padTop, padBottom, padLeft, padRight } = shape
  return R * S * strideH * strideW === 1 && padTop + padBottom + padLeft + padRight === 0
}

/** [B, P, Q, F] -> [B, H, W, C] */
export function directGradInput(who: string, dy: Tensor, filter: Tensor, shape: Conv2DShape): Tensor {
  const { B, H, W, C, P, Q, F, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft, groups } = shape
  const dx = allocate(who, [B, H, W, C])
  if (dx.size === 0) return dx
  const [groupC, groupF] = [C / groups, F / groups]
  const owner = dx.storage(who).owner
  if (isPointwise(shape)) {
    const sizes = { M: B * P * Q, N: groupC, K: groupF }
    owner.withScratch(packedBytes(owner.build, groupF, groupC), who, (packed) => {
      for (let g = 0; g < groups; g++) {
        const [from, to] = [dy.at(who) + g * groupF * 4, dx.at(who) + g * groupC * 4]
        packOperand(owner, filter.at(who) + g * groupF * 4, packed, groupF, groupC, F, true)
        multiplyRows(who, owner, from, packed, 0, to, sizes, F, C, 'linear')
      }
    })
    return dx
  }
  const { panelColumns } = owner
  const panels = Math.ceil((S * groupC) / panelColumns)
  const rowsOfDy = Math.max(1, Math.floor(INPUT_GRAD_BLOCK / Q))
  const slotBytes = R * rowsOfDy * Q * panels * panelColumns * 4
  const { grain, slots } = slotsAlong(B * H)
  owner.withScratch(R * panels * panelColumns * groupF * 4, who, (packed) => {
    withSlots(owner, slots, slotBytes, who, (scratch) => {
      for (let g = 0; g < groups; g++) {
        const packing = { extent: R * panels, work: groupF * panelColumns, grain: 1 }
        owner.run('packFilterTransposed', packing, filter.at(who) + g * groupF * 4, packed, S * groupC, groupF, F)
        const pointers = [dy.at(who) + g * groupF * 4, packed, dx.at(who) + g * groupC * 4, scratch, slotBytes] as const
        const sizes = [H, W, groupC, P, Q, groupF, R, S] as const
        const steps = [strideH, strideW, dilationH, dilationW, padTop, padLeft, F, C] as const
        const rows = { extent: B * H, work: (P * Q * R * S * groupF * groupC) / H / MULTIPLIES, grain }
        owner.run('conv2dGradInput', rows, ...pointers, ...sizes, ...steps, grain)
      }
    })
  })
  return dx
}

/** [R, S, C / groups, F] out of x and dy. */
export function directGradFilter(who: string, x: Tensor, dy: Tensor, shape: Conv2DShape): Tensor {
  const { C, F, R, S, groups } = shape
  const dw = allocate(who, [R, S, C / groups, F])
  filterGradient(who, dw.storage(who).owner, x.at(who), dy.at(who), dw.at(who), shape)
  return dw
}
