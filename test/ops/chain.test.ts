import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ChainedOps } from '../../src/chained-ops.ts'
import * as exports from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { installChainedOps } from '../../src/ops/chain.ts'
import { tensor, tensor4d } from '../../src/ops/create.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { Tensor, tidy } from '../../src/tensor.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** Methods that are tested by themselves. */
type Apart = 'print' | 'buffer' | 'bufferSync' | 'topk' | 'unique' | 'resizeBilinear' | 'resizeNearestNeighbor'

/** A call of each method, its arguments as TF.js takes them, and the op that it stands for. */
const CALLS: { [Name in Exclude<keyof ChainedOps, Apart>]: Parameters<ChainedOps[Name]> } = {
  sin: [],
  cos: [],
  tan: [],
  asin: [],
  acos: [],
  atan: [],
  atan2: [2],
  sinh: [],
  cosh: [],
  asinh: [],
  acosh: [],
  atanh: [],
  erf: [],
  isFinite: [],
  isInf: [],
  step: [0.5],
  mod: [2],
  floorDiv: [2],
  divNoNan: [2],
  prelu: [0.5],
  logicalXor: [1],
  cumsum: [1, true, true],
  cumprod: [1],
  unsortedSegmentSum: [[0, 1], 2],
  mirrorPad: [
    [
      [0, 1],
      [1, 0],
    ],
    'reflect',
  ],
  stridedSlice: [
    [0, 0],
    [2, 2],
    [1, 2],
  ],
  dot: [[5, 6]],
  add: [2],
  sub: [2],
  mul: [2],
  div: [2],
  maximum: [2],
  minimum: [2],
  pow: [2],
  squaredDifference: [2],
  exp: [],
  log: [],
  log1p: [],
  expm1: [],
  sqrt: [],
  rsqrt: [],
  square: [],
  abs: [],
  neg: [],
  reciprocal: [],
  sign: [],
  floor: [],
  ceil: [],
  round: [],
  clipByValue: [1.5, 3],
  isNaN: [],
  relu: [],
  relu6: [],
  leakyRelu: [0.1],
  elu: [],
  selu: [],
  sigmoid: [],
  logSigmoid: [],
  tanh: [],
  softplus: [],
  softmax: [0],
  logSoftmax: [0],
  equal: [2],
  notEqual: [2],
  less: [2],
  lessEqual: [2],
  greater: [2],
  greaterEqual: [2],
  logicalAnd: [1],
  logicalOr: [0],
  logicalNot: [],
  where: [[[true, false]], 9],
  sum: [0],
  mean: [1, true],
  max: [0],
  min: [0],
  prod: [0],
  any: [0],
  all: [0],
  logSumExp: [0],
  norm: [1, 0],
  argMax: [1],
  argMin: [1],
  reshape: [[4]],
  reshapeAs: [undefined as unknown as Tensor],
  flatten: [],
  asScalar: [],
  as1D: [],
  as2D: [1, 4],
  as3D: [1, 2, 2],
  as4D: [1, 2, 2, 1],
  expandDims: [1],
  squeeze: [],
  transpose: [],
  broadcastTo: [[3, 2, 2]],
  tile: [[2, 1]],
  reverse: [0],
  concat: [[[[5, 6]]], 0],
  stack: [
    [
      [
        [5, 6],
        [7, 8],
      ],
    ],
    1,
  ],
  unstack: [1],
  split: [2, 1],
  slice: [
    [0, 1],
    [2, 1],
  ],
  pad: [
    [
      [0, 1],
      [1, 0],
    ],
    7,
  ],
  gather: [[1, 0, 1]],
  oneHot: [5],
  clone: [],
  variable: [false, 'v'],
  zerosLike: [],
  onesLike: [],
  cast: ['int32'],
  asType: ['bool'],
  toFloat: [],
  toInt: [],
  toBool: [],
  matMul: [[[1], [2]]],
  conv2d: [[[[[2]]]], 1, 'valid'],
  depthwiseConv2d: [[[[[2]]]], 1, 'valid'],
  conv2dTranspose: [[[[[2]]]], [1, 2, 2, 1], 1, 'valid'],
  conv1d: [[[[2], [3]]], 1, 'valid'],
  separableConv2d: [[[[[2]]]], [[[[3]]]], 1, 'valid'],
  pool: [2, 'avg', 'valid', 1, 1],
  batchNorm: [[1], [2], [3], [4], 0.1],
  localResponseNormalization: [1, 2, 3, 1],
  depthToSpace: [1],
  spaceToBatchND: [
    [2, 2],
    [
      [0, 0],
      [0, 0],
    ],
  ],
  batchToSpaceND: [
    [1, 1],
    [
      [0, 1],
      [0, 0],
    ],
  ],
  maxPool: [2, 1, 'valid'],
  avgPool: [2, 1, 'valid'],
}

const IMAGES = [
  ...['separableConv2d', 'pool', 'batchNorm', 'localResponseNormalization', 'depthToSpace', 'spaceToBatchND'],
  ...['batchToSpaceND'],
  ...['conv2d', 'depthwiseConv2d', 'conv2dTranspose', 'maxPool', 'avgPool'],
]

/** What a method stands for where it is not the op of its name with the tensor first. */
const OTHERS: Record<string, (x: Tensor) => Tensor> = {
  where: (x) => exports.where([[true, false]], x, 9),
  reshapeAs: (x) => exports.reshape(x, [4, 1]),
  flatten: (x) => exports.reshape(x, [4]),
  as1D: (x) => exports.reshape(x, [4]),
  as2D: (x) => exports.reshape(x, [1, 4]),
  as3D: (x) => exports.reshape(x, [1, 2, 2]),
  as4D: (x) => exports.reshape(x, [1, 2, 2, 1]),
  concat: (x) => exports.concat([x, [[5, 6]]], 0),
  stack: (x) =>
    exports.stack(
      [
        x,
        [
          [5, 6],
          [7, 8],
        ],
      ],
      1,
    ),
  asType: (x) => exports.cast(x, 'bool'),
  toFloat: (x) => exports.cast(x, 'float32'),
  toInt: (x) => exports.cast(x, 'int32'),
  toBool: (x) => exports.cast(x, 'bool'),
}

function shown(result: unknown): unknown {
  if (Array.isArray(result)) return result.map(shown)
  if (!(result instanceof Tensor)) return result
  return { shape: result.shape, dtype: result.dtype, data: [...result.dataSync()] }
}

describe('each chained method is the op of its name', () => {
  const ops = exports as unknown as Record<string, (x: Tensor, ...args: unknown[]) => unknown>

  it.each(Object.keys(CALLS).filter((name) => name !== 'asScalar'))('%s', (name) => {
    tidy(() => {
      const x = IMAGES.includes(name)
        ? tensor4d([1, 2, 3, 4], [1, 2, 2, 1])
        : tensor([
            [1, 2],
            [3, 4],
          ])
      const y = name === 'oneHot' ? x.toInt() : x
      const args = name === 'reshapeAs' ? [tensor([[1], [2], [3], [4]])] : CALLS[name as keyof typeof CALLS]
      const method = y[name as keyof Tensor] as (...args: unknown[]) => unknown
      const result = method.apply(y, args)
      const other = OTHERS[name]
      expect(shown(result)).toEqual(shown(other === undefined ? ops[name]!(y, ...args) : other(y)))
    })
  })

  it('asScalar', () => {
    tidy(() => {
      expect(tensor([[3]]).asScalar().shape).toEqual([])
      expect(() => tensor([1, 2]).asScalar()).toThrow(
        'reshape: expected a shape of 2 elements, as [2] has, received []',
      )
    })
  })

  it('concat and stack take a single tensor', () => {
    tidy(() => {
      const x = tensor([1, 2])
      expect([...x.concat(x).dataSync()]).toEqual([1, 2, 1, 2])
      expect(x.stack(x).shape).toEqual([2, 2])
    })
  })
})

it('topk, unique and resizing are methods too', () => {
  tidy(() => {
    const { values, indices } = tensor([1, 3, 2]).topk(2)
    expect([values.arraySync(), indices.arraySync()]).toEqual([
      [3, 2],
      [1, 2],
    ])
    expect(tensor([1, 3, 1]).unique().values.arraySync()).toEqual([1, 3])
    const image = tensor4d([1, 2, 3, 4], [1, 2, 2, 1])
    for (const y of [image.resizeBilinear([3, 3], true), image.resizeNearestNeighbor([3, 3])]) {
      expect(y.shape).toEqual([1, 3, 3, 1])
    }
  })
})

it('print writes shape, dtype and the first elements', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  tidy(() => tensor([[1, 2.5]]).print())
  expect(log).toHaveBeenCalledWith('Tensor float32 [1, 2]\n    [[  1, 2.5]]')
  log.mockRestore()
})

it('methods are not seen by enumeration, and stay the same when installed again', () => {
  const { add } = Tensor.prototype
  installChainedOps()
  expect(Tensor.prototype.add).toBe(add)
  tidy(() => {
    const names: string[] = []
    for (const name in tensor([1])) names.push(name)
    expect(names).not.toContain('add')
  })
})

it('a disposed tensor refuses them', () => {
  const x = tensor([1])
  x.dispose()
  expect(() => x.add(1)).toThrow('add: expected a tensor that has not been disposed')
  expect(() => x.reshape([1])).toThrow('reshape: expected a tensor that has not been disposed')
  expect(() => x.sum()).toThrow('sum: expected a tensor that has not been disposed')
})
