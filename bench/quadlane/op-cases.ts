/** Public ops as the layers of the lecture's LeNet use them at batch 128, forward and backward, and matrix products. */

import {
  conv2dTranspose,
  dispose,
  dropout,
  fused,
  grad,
  grads,
  matMul,
  maxPool,
  randomUniform,
  type Shape,
  type Tensor,
  train,
  variable,
} from '../../src/index.node.ts'
import { type Case, Milliseconds, type Prepared } from './case.ts'

const BATCH = 128

/** A case over random tensors of the given shapes. */
function op(
  name: string,
  flops: number,
  shapes: readonly Shape[],
  make: (...tensors: Tensor[]) => () => unknown,
): Case {
  const prepare = (): Prepared => {
    const tensors = shapes.map((shape, i) => randomUniform(shape, -0.5, 0.5, 'float32', i + 1))
    return { run: make(...tensors), end: () => dispose(tensors) }
  }
  return { group: 'op', name, flops, prepare }
}

/**
 * The time of the backward pass alone, with the gradients by `xs`: the clock starts when the forward pass is done.
 */
function backward(f: (...xs: Tensor[]) => Tensor, xs: readonly Tensor[], dy: Tensor): Milliseconds {
  let start = 0
  const timed = (...arguments_: Tensor[]): Tensor => {
    const y = f(...arguments_)
    start = performance.now()
    return y
  }
  const gradients = xs.length === 1 ? [grad(timed)(xs[0]!, dy)] : grads(timed)(xs, dy)
  const elapsed = performance.now() - start
  dispose(gradients)
  return new Milliseconds(elapsed)
}

/** A valid 3 × 3 convolution of C to F channels with P × P output pixels. */
function convolution(name: string, C: number, F: number, P: number): Case[] {
  const flops = 2 * BATCH * P * P * F * C * 9
  const xShape = [BATCH, P + 2, P + 2, C]
  const shapes = [xShape, [3, 3, C, F], [F], [BATCH, P, P, F]]
  const plain = { strides: 1, pad: 'valid' } as const
  return [
    op(`${name} forward, bias, relu`, flops, shapes, (x, filter, bias) => {
      return () => fused.conv2d({ x: x!, filter: filter!, bias: bias!, activation: 'relu', ...plain }).dispose()
    }),
    op(`${name} input gradient`, flops, shapes, (_x, filter, _bias, dy) => {
      return () => conv2dTranspose(dy!, filter!, xShape, 1, 'valid').dispose()
    }),
    op(`${name} filter gradient`, flops, shapes, (x, filter, _bias, dy) => {
      return () => backward((w) => fused.conv2d({ x: x!, filter: w!, ...plain }), [filter!], dy!)
    }),
    op(`${name} relu, bias and filter gradients`, flops, shapes, (x, filter, bias, dy) => {
      const f = (w: Tensor, b: Tensor): Tensor =>
        fused.conv2d({ x: x!, filter: w, bias: b, activation: 'relu', ...plain })
      return () => backward(f as (...xs: Tensor[]) => Tensor, [filter!, bias!], dy!)
    }),
  ]
}

function dense(name: string, inputs: number, units: number): Case[] {
  const flops = 2 * BATCH * inputs * units
  const shapes = [[BATCH, inputs], [inputs, units], [units], [BATCH, units]]
  return [
    op(`${name} forward, bias, relu`, flops, shapes, (a, b, bias) => {
      return () => fused.matMul({ a: a!, b: b!, bias: bias!, activation: 'relu' }).dispose()
    }),
    op(`${name} all gradients`, 2 * flops, shapes, (a, b, bias, dy) => {
      const f = (x: Tensor, w: Tensor, v: Tensor): Tensor => fused.matMul({ a: x, b: w, bias: v, activation: 'relu' })
      return () => backward(f as (...xs: Tensor[]) => Tensor, [a!, b!, bias!], dy!)
    }),
  ]
}

function square(size: number): Case {
  const shape = [size, size]
  return op(`matmul ${size}`, 2 * size ** 3, [shape, shape], (a, b) => () => matMul(a!, b!).dispose())
}

const POOLED = [BATCH, 24, 24, 64]
const DROPPED = [BATCH, 12, 12, 64]
const WEIGHTS = [9216, 128]

/** One step of Adam on the weights of the large dense layer, 1.2 million of them. */
const ADAM: Case = {
  group: 'op',
  name: 'adam update, 1.2 M weights',
  flops: 0,
  prepare: () => {
    const weights = variable(randomUniform(WEIGHTS, -0.5, 0.5, 'float32', 1))
    const gradient = randomUniform(WEIGHTS, -0.5, 0.5, 'float32', 2)
    const optimizer = train.adam(0.001)
    const end = (): void => {
      optimizer.dispose()
      dispose([weights, gradient])
    }
    return { run: () => optimizer.apply([weights], [gradient]), end }
  },
}

export const OP_CASES: readonly Case[] = [
  ...[64, 256, 512, 1024].map(square),
  ...convolution('conv1', 1, 32, 26),
  ...convolution('conv2', 32, 64, 24),
  ...dense('dense', 9216, 128),
  op('max-pool forward', 0, [POOLED], (x) => () => maxPool(x!, 2, 2, 'valid').dispose()),
  op('max-pool gradient', 0, [POOLED, DROPPED], (x, dy) => {
    return () => backward((images) => maxPool(images!, 2, 2, 'valid'), [x!], dy!)
  }),
  op('dropout forward', 0, [DROPPED], (x) => () => dropout(x!, 0.25, undefined, 1).dispose()),
  op('dropout gradient', 0, [DROPPED, DROPPED], (x, dy) => {
    return () => backward((images) => dropout(images!, 0.25, undefined, 1), [x!], dy!)
  }),
  ADAM,
]
