/**
 * TF.js's CPU backend as an oracle: the same function is run on both libraries, and values, shapes, dtypes and gradients
 * are compared; the leak check counts the buffers that an op leaves behind.
 */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
// The Node build of tfjs-core comes without gradients; that of tfjs-layers registers them for both.
import '@tensorflow/tfjs-layers'
import { expect } from 'vitest'
import * as image from '../../src/api/image.ts'
import { grads } from '../../src/autograd.ts'
import * as activation from '../../src/ops/activation.ts'
import * as arithmetic from '../../src/ops/arithmetic.ts'
import * as compare from '../../src/ops/compare.ts'
import * as create from '../../src/ops/create.ts'
import * as cumulative from '../../src/ops/cumulative.ts'
import * as division from '../../src/ops/division.ts'
import * as finite from '../../src/ops/finite.ts'
import * as gather from '../../src/ops/gather.ts'
import * as grids from '../../src/ops/grids.ts'
import * as layout from '../../src/ops/layout.ts'
import * as mirrorPad from '../../src/ops/mirror-pad.ts'
import * as normalization from '../../src/ops/normalization.ts'
import * as order from '../../src/ops/order.ts'
import * as pool2d from '../../src/ops/pool2d.ts'
import * as pow from '../../src/ops/pow.ts'
import * as prelu from '../../src/ops/prelu.ts'
import * as products from '../../src/ops/products.ts'
import * as reduce from '../../src/ops/reduce.ts'
import * as scatter from '../../src/ops/scatter.ts'
import * as separable from '../../src/ops/separable-conv2d.ts'
import * as slices from '../../src/ops/slices.ts'
import * as softmax from '../../src/ops/softmax.ts'
import * as space from '../../src/ops/space.ts'
import * as stridedSlice from '../../src/ops/strided-slice.ts'
import * as suffixed from '../../src/ops/suffixed.ts'
import * as sum from '../../src/ops/sum.ts'
import * as tile from '../../src/ops/tile.ts'
import * as trigonometry from '../../src/ops/trigonometry.ts'
import * as unary from '../../src/ops/unary.ts'
import * as windowPool from '../../src/ops/window-pool.ts'
import { type Shape, sizeOf } from '../../src/shape.ts'
import { type DataType, makeTensor, memory, type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose } from './compare.ts'
import { uniform } from './random.ts'

// No banner that recommends another backend.
tf.env().set('IS_TEST', true)

export const QUADLANE = {
  image,
  ...cumulative,
  ...division,
  ...finite,
  ...gather,
  ...grids,
  ...mirrorPad,
  ...normalization,
  ...order,
  ...pool2d,
  ...prelu,
  ...products,
  ...scatter,
  ...separable,
  ...slices,
  ...space,
  ...stridedSlice,
  ...suffixed,
  ...trigonometry,
  ...windowPool,
  ...activation,
  ...arithmetic,
  ...pow,
  ...sum,
  ...tile,
  ...compare,
  ...create,
  ...layout,
  ...reduce,
  ...softmax,
  ...unary,
}

/** The ops that both libraries have. */
export type Ops = typeof QUADLANE

export interface Input {
  readonly values: ArrayLike<number>
  readonly shape: Shape
  readonly dtype: DataType
}

/** Random float32 values in [low, high). */
export function floats(shape: Shape, { low = -2, high = 2, seed = 1 } = {}): Input {
  return { values: uniform(sizeOf(shape), seed, low, high), shape, dtype: 'float32' }
}

/** The given float32 values. */
export function values(shape: Shape, ...numbers: number[]): Input {
  return { values: Float32Array.from(numbers), shape, dtype: 'float32' }
}

export function integers(shape: Shape, ...numbers: number[]): Input {
  return { values: Int32Array.from(numbers), shape, dtype: 'int32' }
}

export function bools(shape: Shape, ...numbers: number[]): Input {
  return { values: Uint8Array.from(numbers), shape, dtype: 'bool' }
}

export interface Tolerance {
  readonly relative?: number
  readonly absolute?: number
}

export interface OracleOptions extends Tolerance {
  /** Whether gradients are compared, by each float32 input, with random weights of the result. Default true. */
  readonly gradient?: boolean
  /** Buffers that `f` leaves besides its result. Default 0. */
  readonly leaves?: number
  /** What TF.js computes instead, where it lacks a case. */
  readonly oracle?: (ops: Ops, ...xs: Tensor[]) => Tensor
}

export function ours(input: Input): Tensor {
  return makeTensor('test', Array.from(input.values), input.shape, input.dtype)
}

function theirs({ values, shape, dtype }: Input): tf.Tensor {
  return tf.tensor(Array.from(values), [...shape], dtype)
}

/** Runs `f` on both libraries and compares what comes out. `f` must return one tensor. */
export function expectLikeTfjs(
  f: (ops: Ops, ...xs: Tensor[]) => Tensor,
  inputs: readonly Input[],
  { gradient = true, leaves = 0, oracle: other = f, relative = 2e-6, absolute = 1e-6 }: OracleOptions = {},
): void {
  const oracle = other as unknown as (ops: unknown, ...xs: tf.Tensor[]) => tf.Tensor
  tf.tidy(() => {
    tidy(() => {
      const [mine, foreign] = [inputs.map(ours), inputs.map(theirs)]
      const before = memory().numDataBuffers
      const y = f(QUADLANE, ...mine)
      const expected = oracle(tf, ...foreign)
      expect(y.shape).toEqual(expected.shape)
      expect(y.dtype).toBe(expected.dtype)
      if (expected.size > 0) expectClose(y.dataSync(), expected.dataSync(), { relative, absolute }, 'value')
      if (gradient && y.dtype === 'float32') compareGradients(f, oracle, mine, foreign, y.shape, { relative, absolute })
      y.dispose()
      expect(memory().numDataBuffers - before).toBe(leaves)
    })
  })
}

function compareGradients(
  f: (ops: Ops, ...xs: Tensor[]) => Tensor,
  oracle: (ops: unknown, ...xs: tf.Tensor[]) => tf.Tensor,
  mine: readonly Tensor[],
  foreign: readonly tf.Tensor[],
  shape: Shape,
  tolerance: Tolerance,
): void {
  const weights = { values: uniform(sizeOf(shape), 99, 0.5, 1.5), shape, dtype: 'float32' } as const
  const by = mine.flatMap((x, i) => (x.dtype === 'float32' ? [i] : []))
  const dy = ours(weights)
  const dxs = grads((...xs) => f(QUADLANE, ...mine.map((x, i) => xs[by.indexOf(i)] ?? x)))(
    by.map((i) => mine[i]!),
    dy,
  )
  const expected = tf.grads((...xs) => oracle(tf, ...foreign.map((x, i) => xs[by.indexOf(i)] ?? x)))(
    by.map((i) => foreign[i]!),
    theirs(weights),
  )
  dxs.forEach((dx, i) => {
    expect(dx.shape).toEqual(expected[i]!.shape)
    expectClose(dx.dataSync(), expected[i]!.dataSync(), tolerance, `gradient by input ${by[i]}`)
    dx.dispose()
  })
  dy.dispose()
}

/** Runs `f` outside of any tidy and returns its result; whatever else it left behind fails the test. */
export function expectNoLeak(f: () => Tensor | readonly Tensor[]): void {
  const before = memory().numDataBuffers
  const result = f()
  for (const tensor of Array.isArray(result) ? (result as Tensor[]) : [result as Tensor]) tensor.dispose()
  expect(memory().numDataBuffers).toBe(before)
}
