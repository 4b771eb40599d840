/**
 * Convolution and its gradients by direct kernels, for any filter, stride, dilation and number of groups. The gradient of
 * the input is a convolution of the spread and padded dy with the flipped filter.
 */

import { packedBytes } from '../runtime/packing.ts'
import { MULTIPLIES, type Runtime } from '../runtime/runtime.ts'
import type { Conv2DShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { withDerived } from './derived.ts'
import { type EpilogueActivation, epilogueCode } from './epilogue.ts'
import { packOperand } from './matmul.ts'
import { allocate, atOrNull } from './op.ts'
import { withPadding } from './padding.ts'

/** Pixels that a kernel works through at a time. */
const CONV_BLOCK = 96

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
  const owner = y.buffer(who).owner
  if (y.size === 0) return y
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
        const sizes = [B, H, W, groupC, P, Q, groupF, R, S] as const
        const steps = [strideH, strideW, dilationH, dilationW, C, F] as const
        const pixels = { extent: B * P * Q, work: (K * groupF) / MULTIPLIES, grain: CONV_BLOCK }
        owner.run('conv2dForward', pixels, from, panels, groupBias, to, ...sizes, ...steps, epilogueCode(activation))
      }
    })
  })
  return y
}

/** [B, P, Q, F] -> [B, H, W, C] */
export function directGradInput(who: string, dy: Tensor, filter: Tensor, shape: Conv2DShape): Tensor {
  const { B, H, W, C, P, Q, F, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft, groups } = shape
  const dx = allocate(who, [B, H, W, C])
  if (dx.size === 0) return dx
  const [spreadH, spreadW] = [H + (R - 1) * dilationH, W + (S - 1) * dilationW]
  const [top, left] = [(R - 1) * dilationH - padTop, (S - 1) * dilationW - padLeft]
  const [groupC, groupF] = [C / groups, F / groups]
  const owner = dx.buffer(who).owner
  const compute = (input: number): void => {
    owner.withScratch(packedBytes(owner.build, R * S * groupF, groupC), who, (packed) => {
      for (let g = 0; g < groups; g++) {
        packFlipped(owner, filter.at(who) + g * groupF * 4, packed, R, S, groupC, groupF, F)
        const from = input + g * groupF * 4
        const to = dx.at(who) + g * groupC * 4
        const sizes = [B, spreadH, spreadW, groupF, H, W, groupC, R, S] as const
        const pixels = { extent: B * H * W, work: (R * S * groupF * groupC) / MULTIPLIES, grain: CONV_BLOCK }
        owner.run('conv2dForward', pixels, from, packed, 0, to, ...sizes, 1, 1, dilationH, dilationW, F, C, 0)
      }
    })
  }
  if (top === 0 && left === 0 && spreadH === P && spreadW === Q && strideH * strideW === 1) compute(dy.at(who))
  else {
    owner.withScratch(B * spreadH * spreadW * F * 4, who, (spread) => {
      const rows = { extent: B * spreadH, work: spreadW * F, grain: 1 }
      owner.run('pad2d', rows, dy.at(who), spread, B, P, Q, F, spreadH, spreadW, top, left, strideH, strideW)
      compute(spread)
    })
  }
  return dx
}

function packFlipped(
  owner: Runtime,
  filter: number,
  packed: number,
  R: number,
  S: number,
  C: number,
  F: number,
  ldw: number,
): void {
  const { panelColumns } = owner
  const panels = { extent: Math.ceil(C / panelColumns), work: R * S * F * panelColumns, grain: 1 }
  owner.run('packFilterFlipped', panels, filter, packed, R, S, C, F, ldw)
}

/** [R, S, C / groups, F] out of x and dy. */
export function directGradFilter(who: string, x: Tensor, dy: Tensor, shape: Conv2DShape): Tensor {
  const { B, C, P, Q, F, R, S, strideH, strideW, dilationH, dilationW, groups } = shape
  const [groupC, groupF] = [C / groups, F / groups]
  const dw = allocate(who, [R, S, groupC, F])
  const owner = dw.buffer(who).owner
  withPadding(who, x, shape, (input, H, W) => {
    for (let g = 0; g < groups; g++) {
      const offset = g * groupF * 4
      const [from, dyAt, to] = [input + g * groupC * 4, dy.at(who) + offset, dw.at(who) + offset]
      const sizes = [B, H, W, groupC, P, Q, groupF, R, S] as const
      const steps = [strideH, strideW, dilationH, dilationW, C, F, F] as const
      const taps = { extent: R * S * groupC, work: (B * P * Q * groupF) / MULTIPLIES, grain: 4 }
      owner.run('conv2dGradFilter', taps, from, dyAt, to, ...sizes, ...steps)
    }
  })
  return dw
}
