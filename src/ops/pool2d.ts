/** Max and average pooling over NHWC images. Positions in the padding count for nothing. */

import type { ParallelAxis } from '../runtime/runtime.ts'
import { type Padding, type Pair, pool2dShape, type RoundingMode, type Shape, type WindowShape } from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { asImages } from './images.ts'
import { allocate, record } from './op.ts'
import { mean } from './reduce.ts'

type PoolShape = WindowShape & { readonly shape: Shape }

/**
 * The largest value of each window. NaN wins; int32 stays int32. The gradient goes to the first maximum in row-major
 * order.
 * @param x [B, H, W, C], or one image [H, W, C]
 * @param filterSize the window, a number or [height, width]
 * @param strides a number or [height, width]
 * @param pad 'valid', 'same', a number or the sides of each axis
 * @param dimRoundingMode for a pad in numbers: 'ceil' keeps a last window that hangs over the edge, 'floor' (the
 *   default) not
 * @returns [B, P, Q, C]
 * @example
 * maxPool(tensor([1, 2, 3, 4], [1, 2, 2, 1]), 2, 2, 'valid').print() // [[[[4]]]]
 */
export function maxPool(
  x: TensorLike,
  filterSize: Pair,
  strides: Pair,
  pad: Padding,
  dimRoundingMode?: RoundingMode,
): Tensor {
  const who = 'maxPool'
  return asImages(who, x, (images, given) => {
    const shape = pool2dShape(who, images.shape, filterSize, { strides, pad, dimRoundingMode })
    if (given.dtype !== 'float32') return maxOfIntegers(given, shape)
    const y = allocate(who, shape.shape)
    run(images, 'maxPool2dForward', outputRows(shape), [images.at(who), y.at(who)], shape)
    return record(who, [images], y, [images, y], (dy, [x, y]) => {
      const dx = allocate(who, x!.shape)
      run(dx, 'maxPool2dGrad', wholeImages(shape), [x!.at(who), y!.at(who), dy.at(who), dx.at(who)], shape)
      return [record(`${who}, gradient`, [dy, x!], dx)]
    })
  })
}

/**
 * The mean of each window, over the positions that lie within the image.
 * @param x [B, H, W, C], or one image [H, W, C]
 * @param filterSize the window, a number or [height, width]
 * @param strides a number or [height, width]
 * @param pad 'valid', 'same', a number or the sides of each axis
 * @param dimRoundingMode for a pad in numbers: 'ceil' keeps a last window that hangs over the edge, 'floor' (the
 *   default) not
 * @returns [B, P, Q, C]
 * @example
 * avgPool(tensor([1, 2, 3, 4], [1, 2, 2, 1]), 2, 2, 'valid').print() // [[[[2.5]]]]
 */
export function avgPool(
  x: TensorLike,
  filterSize: Pair,
  strides: Pair,
  pad: Padding,
  dimRoundingMode?: RoundingMode,
): Tensor {
  return asImages('avgPool', x, (images) => {
    const shape = pool2dShape('avgPool', images.shape, filterSize, { strides, pad, dimRoundingMode })
    // One window over the whole image: a mean, whose sums are exact at any size.
    return isGlobal(shape) ? mean(images, [1, 2], true) : average(images, shape)
  })
}

function isGlobal({ H, W, P, Q, R, S, padTop, padLeft }: WindowShape): boolean {
  return P * Q === 1 && R - padTop >= H && S - padLeft >= W
}

/** Integers by a plain loop: they stay integers, and exact. */
function maxOfIntegers(x: Tensor, shape: PoolShape): Tensor {
  const { B, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft } = shape
  const y = allocate('maxPool', shape.shape, 'int32')
  const [from, to] = [x.view(), y.view().fill(-(2 ** 31))]
  for (let b = 0; b < B; b++) {
    for (let p = 0; p < P; p++) {
      for (let q = 0; q < Q; q++) {
        const at = ((b * P + p) * Q + q) * C
        const [top, left] = [p * strideH - padTop, q * strideW - padLeft]
        for (let h = Math.max(0, top); h < Math.min(H, top + R); h++) {
          for (let w = Math.max(0, left); w < Math.min(W, left + S); w++) {
            for (let c = 0; c < C; c++) to[at + c] = Math.max(to[at + c]!, from[((b * H + h) * W + w) * C + c]!)
          }
        }
      }
    }
  }
  return y
}

/** Linear, so its gradient is an op whose gradient is the average again. */
function average(x: Tensor, shape: PoolShape): Tensor {
  const y = allocate('avgPool', shape.shape)
  run(x, 'avgPool2dForward', outputRows(shape), [x.at('avgPool'), y.at('avgPool')], shape)
  return record('avgPool', [x], y, [], (dy) => [averageGrad(dy, shape)])
}

function averageGrad(dy: Tensor, shape: PoolShape): Tensor {
  const dx = allocate('avgPool', [shape.B, shape.H, shape.W, shape.C])
  run(dx, 'avgPool2dGrad', wholeImages(shape), [dy.at('avgPool'), dx.at('avgPool')], shape)
  return record('avgPool, gradient', [dy], dx, [], (ddx) => [average(ddx, shape)])
}

function outputRows({ B, P, Q, R, S, C }: WindowShape): ParallelAxis {
  return { extent: B * P, work: Q * R * S * C, grain: 1 }
}

/** The gradients of overlapping windows meet within an image, so an image is not cut. */
function wholeImages({ B, H, W, C }: WindowShape): ParallelAxis {
  return { extent: B, work: 2 * H * W * C, grain: 1 }
}

type PoolKernel = 'maxPool2dForward' | 'maxPool2dGrad' | 'avgPool2dForward' | 'avgPool2dGrad'

function run(
  tensor: Tensor,
  kernel: PoolKernel,
  axis: ParallelAxis,
  pointers: readonly number[],
  shape: WindowShape,
): void {
  const { B, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft } = shape
  const sizes = [B, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft]
  const owner = tensor.storage(kernel).owner
  const launch = owner.run.bind(owner) as (name: PoolKernel, axis: ParallelAxis, ...args: number[]) => void
  launch(kernel, axis, ...pointers, ...sizes)
}
