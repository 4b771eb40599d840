/** Ops made of others, against TF.js: values, shapes, dtypes, gradients, leaks. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { tensor } from '../../src/ops/create.ts'
import { cumprod, cumsum } from '../../src/ops/cumulative.ts'
import { mirrorPad } from '../../src/ops/mirror-pad.ts'
import { multinomial } from '../../src/ops/multinomial.ts'
import {
  booleanMaskAsync,
  inTopKAsync,
  searchSorted,
  setdiff1dAsync,
  topk,
  unique,
  whereAsync,
} from '../../src/ops/order.ts'
import { einsum } from '../../src/ops/products.ts'
import { mean } from '../../src/ops/reduce.ts'
import { maxPoolWithArgmax, pool } from '../../src/ops/window-pool.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'
import {
  bools,
  expectLikeTfjs,
  expectNoLeak,
  floats,
  type Input,
  integers,
  type Ops,
  type OracleOptions,
  ours,
  QUADLANE,
  values,
} from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** `linear`: the op is linear in each input, so that a difference is its gradient; TF.js has none, or a wrong one. */
type Case = [
  what: string,
  f: (ops: Ops, ...xs: Tensor[]) => Tensor,
  inputs: Input[],
  options?: OracleOptions & { linear?: true },
]
const LINEAR = { gradient: false, linear: true } as const

const image = (seed: number): Input => floats([2, 5, 6, 3], { seed })
const apart = (shape: number[]): Input => ({
  ...floats(shape),
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 7919) % 1009) / 100 - 5),
})

const CASES: Case[] = [
  ['isFinite', (ops, x) => ops.isFinite(x), [values([4], 1, Infinity, Number.NaN, -Infinity)]],
  ['isInf', (ops, x) => ops.isInf(x), [values([4], 1, Infinity, Number.NaN, -Infinity)]],
  ['step', (ops, x) => ops.step(x, 0.3), [values([5], -1, 0, 2, Number.NaN, Infinity)]],
  ['mod', (ops, a, b) => ops.mod(a, b), [floats([4, 5], { low: -9, high: 9 }), floats([5], { low: 1, high: 3 })]],
  [
    'mod, negative',
    (ops, a, b) => ops.mod(a, b),
    [values([4], 5, -5, 5, -5), values([4], 3, 3, -3, -3)],
    { gradient: false },
  ],
  ['mod of int32', (ops, a, b) => ops.mod(a, b), [integers([4], 5, -5, 5, -5), integers([4], 3, 3, -3, -3)]],
  ['floorDiv', (ops, a, b) => ops.floorDiv(a, b), [values([3], 5.5, -5.5, 4), values([3], 2, 2, 2)]],
  ['floorDiv of int32', (ops, a, b) => ops.floorDiv(a, b), [integers([3], 5, -5, 4), integers([3], 2, 2, 2)]],
  ['divNoNan', (ops, a, b) => ops.divNoNan(a, b), [values([3], 5, -5, 0), values([3], 2, 0, 0)], { gradient: false }],
  ['logicalXor', (ops, a, b) => ops.logicalXor(a, b), [bools([4], 0, 0, 1, 1), bools([4], 0, 1, 0, 1)]],
  ['prelu', (ops, x, a) => ops.prelu(x, a), [floats([3, 4]), floats([4], { seed: 3 })]],
  ['cumsum', (ops, x) => ops.cumsum(x, 1), [floats([3, 5, 2])], LINEAR],
  ['cumsum, exclusive and from the end', (ops, x) => ops.cumsum(x, 0, true, true), [floats([4, 3])], LINEAR],
  ['cumsum, from the end', (ops, x) => ops.cumsum(x, 1, false, true), [floats([4, 3])], LINEAR],
  ['cumsum of int32', (ops, x) => ops.cumsum(x), [integers([4], 1, 2, 3, 4)]],
  ['cumprod', (ops, x) => ops.cumprod(x, 1), [floats([3, 5])], { gradient: false }],
  ['cumprod, exclusive', (ops, x) => ops.cumprod(x, 0, true), [floats([5, 2])], { gradient: false }],
  [
    'mirrorPad, reflect',
    (ops, x) =>
      ops.mirrorPad(
        x,
        [
          [2, 1],
          [0, 2],
        ],
        'reflect',
      ),
    [floats([3, 4])],
    LINEAR,
  ],
  [
    'mirrorPad, symmetric',
    (ops, x) =>
      ops.mirrorPad(
        x,
        [
          [3, 1],
          [0, 4],
        ],
        'symmetric',
      ),
    [floats([3, 4])],
    LINEAR,
  ],
  ['mirrorPad of int32', (ops, x) => ops.mirrorPad(x, [[2, 2]], 'symmetric'), [integers([3], 1, 2, 3)]],
  ['stridedSlice', (ops, x) => ops.stridedSlice(x, [1, 0], [4, 5], [2, 3]), [floats([5, 6])], LINEAR],
  ['stridedSlice, backwards', (ops, x) => ops.stridedSlice(x, [-1, 4], [0, 0], [-1, -2]), [floats([5, 6])], LINEAR],
  ['stridedSlice, masks', (ops, x) => ops.stridedSlice(x, [1, 2], [3, 4], [1, 1], 1, 2), [floats([5, 6])], LINEAR],
  [
    'stridedSlice, ellipsis',
    (ops, x) => ops.stridedSlice(x, [0, 0, 1], [0, 0, 3], [1, 1, 1], 0, 0, 2, 0, 1),
    [floats([3, 4, 5])],
    LINEAR,
  ],
  [
    'stridedSlice, new axis',
    (ops, x) => ops.stridedSlice(x, [0, 1], [0, 3], [1, 1], 0, 0, 0, 1, 0),
    [floats([4, 5])],
    LINEAR,
  ],
  ['dot', (ops, a, b) => ops.dot(a, b), [floats([3, 4]), floats([4, 2], { seed: 2 })]],
  ['dot of vectors', (ops, a, b) => ops.dot(a, b), [floats([4]), floats([4], { seed: 2 })]],
  ['outerProduct', (ops, a, b) => ops.outerProduct(a, b), [floats([3]), floats([4], { seed: 2 })]],
  [
    'einsum, product',
    (ops, a, b) => ops.einsum('ij,jk->ik', a, b),
    [floats([3, 4]), floats([4, 2], { seed: 2 })],
    LINEAR,
  ],
  [
    'einsum, batch',
    (ops, a, b) => ops.einsum('bij,bkj->kbi', a, b),
    [floats([2, 3, 4]), floats([2, 5, 4], { seed: 2 })],
    LINEAR,
  ],
  ['einsum, of one', (ops, a) => ops.einsum('ijk->ki', a), [floats([2, 3, 4])], LINEAR],
  ['einsum, scalar', (ops, a, b) => ops.einsum('i,i->', a, b), [floats([4]), floats([4], { seed: 2 })], LINEAR],
  ['depthToSpace', (ops, x) => ops.depthToSpace(x, 2), [floats([2, 3, 2, 8])], { ...LINEAR }],
  [
    'spaceToBatchND',
    (ops, x) =>
      ops.spaceToBatchND(
        x,
        [2, 3],
        [
          [1, 0],
          [0, 3],
        ],
      ),
    [floats([2, 5, 6, 2])],
  ],
  [
    'batchToSpaceND',
    (ops, x) =>
      ops.batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    [floats([8, 2, 3, 2])],
  ],
  [
    'batchNorm',
    (ops, x, m, v, o, s) => ops.batchNorm(x, m, v, o, s, 0.01),
    [image(1), floats([3]), floats([3], { low: 0.5, high: 2 }), floats([3], { seed: 4 }), floats([3], { seed: 5 })],
    { relative: 2e-5, absolute: 2e-5 },
  ],
  [
    'batchNorm by pixel',
    (ops, x, m, v) => ops.batchNorm(x, m, v),
    [image(1), image(2), { ...image(3), values: image(3).values && Float32Array.from(image(3).values, Math.abs) }],
    { relative: 2e-5, absolute: 2e-5, gradient: false },
  ],
  [
    'localResponseNormalization',
    (ops, x) => ops.localResponseNormalization(x, 1, 1, 2, 0.75),
    [floats([1, 2, 2, 5])],
    { relative: 2e-5, absolute: 2e-5 },
  ],
  [
    'separableConv2d',
    (ops, x, d, p) => ops.separableConv2d(x, d, p, [1, 1], 'same'),
    [image(1), floats([3, 2, 3, 2], { seed: 2 }), floats([1, 1, 6, 4], { seed: 3 })],
    { relative: 2e-5, absolute: 2e-5 },
  ],
  [
    'conv1d',
    (ops, x, f) => ops.conv1d(x, f, 2, 'same'),
    [floats([2, 9, 3]), floats([3, 3, 4], { seed: 2 })],
    { relative: 2e-5, absolute: 2e-5 },
  ],
  [
    'conv1d, padded at each end',
    (ops, x, f) =>
      (ops.conv1d as (...args: unknown[]) => never)(x, f, 1, [
        [0, 0],
        [0, 0],
        [2, 1],
        [0, 0],
      ]),
    [floats([2, 9, 3]), floats([3, 3, 4], { seed: 2 })],
    { relative: 2e-5, absolute: 2e-5 },
  ],
  [
    'conv1d, dilated',
    (ops, x, f) => ops.conv1d(x, f, 1, 'valid', 'NWC', 2),
    [floats([9, 3]), floats([3, 3, 4], { seed: 2 })],
    { relative: 2e-5, absolute: 2e-5, ...LINEAR },
  ],
  ['pool, avg', (ops, x) => ops.pool(x, [2, 3], 'avg', 'same', 1, [1, 2]), [image(1)], LINEAR],
  [
    'pool, max, dilated',
    (ops, x) => ops.pool(x, [2, 2], 'max', 'valid', [2, 2], [1, 1]),
    [apart([1, 7, 8, 2])],
    { gradient: false },
  ],
  [
    'pool, avg, dilated, same',
    (ops, x) => ops.pool(x, [2, 3], 'avg', 'valid', [2, 1], [1, 1]),
    [image(1)],
    { ...LINEAR },
  ],
  ['gatherND', (ops, x, i) => ops.gatherND(x, i), [floats([3, 4, 2]), integers([2, 2], 0, 1, 2, 3)], LINEAR],
  ['scatterND', (ops, i, u) => ops.scatterND(i, u, [5, 2]), [integers([3, 1], 1, 4, 1), floats([3, 2])], { ...LINEAR }],
  [
    'tensorScatterUpdate',
    (ops, x, i, u) => ops.tensorScatterUpdate(x, i, u),
    [floats([5, 2]), integers([2, 1], 1, 4), floats([2, 2], { seed: 2 })],
    { ...LINEAR },
  ],
  [
    'unsortedSegmentSum',
    (ops, x, i) => ops.unsortedSegmentSum(x, i, 4),
    [floats([5, 3]), integers([5], 0, 2, 0, 3, 2)],
  ],
  [
    'bincount',
    (ops, x, w) => ops.bincount(x, w, 4),
    [integers([5], 0, 2, 1, 2, 9), values([0])],
    { gradient: false, oracle: (ops, x, w) => ops.cast(ops.bincount(x, w, 4), 'int32') },
  ],
  [
    'bincount, weights',
    (ops, x, w) => ops.bincount(x, w, 4),
    [integers([5], 0, 2, 1, 2, 3), floats([5])],
    { gradient: false },
  ],
  [
    'searchSorted',
    (ops, x, v) => ops.searchSorted(x, v, 'right'),
    [values([2, 3], 1, 2, 2, 4, 5, 6), values([2, 2], 2, 0, 7, 5)],
    { gradient: false },
  ],
  ['diag', (ops, x) => ops.diag(x), [floats([3])], { ...LINEAR }],
  ['topk', (ops, x) => ops.topk(x, 2).values, [apart([3, 4])], { gradient: false, leaves: 1 }],
  [
    'topk, indices',
    (ops, x) => ops.topk(x, 3).indices,
    [values([2, 4], 1, 3, 3, 2, 5, 5, 5, 5)],
    { gradient: false, leaves: 1 },
  ],
  ['unique', (ops, x) => ops.unique(x).values, [values([5], 1, 3, 3, 2, 1)], { gradient: false, leaves: 1 }],
  [
    'unique rows',
    (ops, x) => ops.unique(x, 0).indices,
    [values([3, 2], 1, 3, 2, 2, 1, 3)],
    { gradient: false, leaves: 1 },
  ],
  ['concat2d', (ops, a, b) => ops.concat2d([a, b] as never, 1), [floats([2, 3]), floats([2, 1])]],
  ['slice3d', (ops, x) => ops.slice3d(x, [0, 1, 0], [2, 1, 2]), [floats([2, 3, 4])]],
  ['reverse4d', (ops, x) => ops.reverse4d(x, [1, 3]), [floats([2, 3, 4, 2])]],
  ['pad1d', (ops, x) => ops.pad1d(x, [1, 2], 3), [floats([3])]],
]

/** Of an op that is linear in each of its float32 inputs, the gradient is the difference that an element makes. */
function expectLinear(f: Case[1], inputs: readonly Input[]): void {
  tidy(() => {
    const xs = inputs.map(ours)
    const y = f(QUADLANE, ...xs)
    const weights = uniform(y.size, 9, 0.5, 1.5)
    inputs.forEach((input, which) => {
      if (input.dtype !== 'float32' || input.values.length === 0) return
      const at = (x: Tensor): Tensor => f(QUADLANE, ...xs.map((other, i) => (i === which ? x : other)))
      const dx = grad(at)(xs[which]!, ours({ values: weights, shape: y.shape, dtype: 'float32' }))
      const before = y.dataSync()
      const expected = Array.from(input.values, (_, k) => {
        const moved = Float32Array.from(input.values, (v, i) => (i === k ? v + 1 : v))
        const after = at(ours({ ...input, values: moved })).dataSync()
        return after.reduce((sum, v, i) => sum + (v - before[i]!) * weights[i]!, 0)
      })
      expectClose(dx.dataSync(), expected, { relative: 1e-5, absolute: 2e-5 }, `gradient by input ${which}`)
    })
  })
}

describe.each(CASES)('%s', (_, f, inputs, options) => {
  it('agrees with TF.js', () => {
    expectLikeTfjs(f, inputs, options)
    if (options?.linear) expectLinear(f, inputs)
  })
})

const SIZES: [number, number, number, number][] = [
  [5, 6, 8, 3],
  [4, 4, 4, 4],
  [3, 7, 1, 14],
  [1, 1, 3, 2],
]

describe.each(['resizeBilinear', 'resizeNearestNeighbor'] as const)('image.%s', (name) => {
  it.each(SIZES)('%i x %i to %i x %i, as TF.js', (h, w, newH, newW) => {
    for (const [align, half] of [
      [false, false],
      [true, false],
      [false, true],
    ] as const) {
      // TF.js has no gradient for half pixels.
      for (const channels of [1, 3, 5]) {
        expectLikeTfjs(
          (ops, x) => ops.image[name](x as never, [newH, newW], align, half),
          [floats([2, h, w, channels])],
          { gradient: false, absolute: 5e-6 },
        )
      }
    }
  })

  it('has the gradient of a linear op', () => {
    for (const [align, half] of [
      [false, false],
      [true, false],
      [false, true],
    ] as const) {
      expectLinear((ops, x) => ops.image[name](x as never, [4, 7], align, half), [floats([2, 5, 3, 2])])
      expectLinear((ops, x) => ops.image[name](x as never, [2, 2], align, half), [floats([1, 5, 3, 5])])
    }
  })

  it('of one image, and of bytes', () => {
    expectLikeTfjs((ops, x) => ops.image[name](x as never, [4, 3]), [floats([2, 6, 3])], { gradient: false })
    expectLikeTfjs((ops, x) => ops.image[name](x as never, [4, 3]), [integers([1, 2, 1], 3, 250)], { gradient: false })
  })
})

describe('image', () => {
  it.each(['bilinear', 'nearest'] as const)('cropAndResize, %s', (method) => {
    const boxes = values([3, 4], 0, 0, 1, 1, 0.2, 0.3, 0.9, 0.6, -0.2, 0.5, 1.3, 0.1)
    const f: Case[1] = (ops, x, boxes, ind) =>
      ops.image.cropAndResize(x as never, boxes as never, ind as never, [4, 3], method, 7)
    expectLikeTfjs(f, [floats([2, 5, 6, 3]), boxes, integers([3], 0, 1, 1)], { gradient: false, absolute: 5e-6 })
  })

  it('cropAndResize and rotateWithOffset have the gradient of a linear op', () => {
    expectLinear(
      (ops, x) => ops.image.cropAndResize(x as never, [[0.1, 0.2, 1.2, 0.7]], [1], [3, 3]),
      [floats([2, 4, 3, 2])],
    )
    expectLinear((ops, x) => ops.image.rotateWithOffset(x as never, 0.5, 3), [floats([1, 4, 3, 2])])
  })

  it('rotateWithOffset', () => {
    for (const angle of [0.3, -2, 3]) {
      const f: Case[1] = (ops, x) => ops.image.rotateWithOffset(x as never, angle, 0.5, [0.4, 0.6])
      expectLikeTfjs(f, [floats([2, 5, 6, 3])], { gradient: false })
    }
    expectLikeTfjs((ops, x) => ops.image.rotateWithOffset(x as never, 1, [1, 2, 3]), [floats([1, 5, 6, 4])], {
      gradient: false,
    })
  })

  it('flipLeftRight, grayscaleToRGB, rgbToGrayscale', () => {
    expectLikeTfjs((ops, x) => ops.image.flipLeftRight(x as never), [image(1)], { gradient: false })
    expectLikeTfjs((ops, x) => ops.image.grayscaleToRGB(x as never), [floats([2, 3, 1])])
    expectLikeTfjs((ops, x) => ops.image.rgbToGrayscale(x as never), [floats([2, 3, 3])], { gradient: false })
    expectLikeTfjs((ops, x) => ops.image.rgbToGrayscale(x as never), [integers([1, 1, 3], 10, 20, 31)])
  })

  it('nonMaxSuppression', () => {
    const boxes = values([4, 4], 0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 2, 1, 3, 0, 2.6, 1, 3.6)
    const f: Case[1] = (ops, boxes, scores) => ops.image.nonMaxSuppression(boxes as never, scores as never, 3, 0.5, 0.1)
    expectLikeTfjs(f, [boxes, values([4], 0.5, 0.9, 0.3, 0.05)], { gradient: false })
  })
})

describe('gradients that TF.js has not', () => {
  it('of cumprod are finite where elements are 0', () => {
    tidy(() => {
      const x = tensor([2, 0, 3, 4])
      // y = [2, 0, 0, 0]; dx[j] = Σ over i ≥ j of the product of the others up to i.
      expectClose(grad((x) => cumprod(x))(x).dataSync(), [1, 2 + 6 + 24, 0, 0])
      expectClose(grad((x) => cumprod(x, 0, true))(x).dataSync(), [1, 2 + 6, 0, 0])
      expectClose(grad((x) => cumprod(x, 0, false, true))(x).dataSync(), [0, 24 + 12, 4, 3 + 1])
    })
  })

  it('of topk go to the elements that were taken', () => {
    tidy(() => expect([...grad((x) => topk(x, 2).values)([1, 5, 3, 4]).dataSync()]).toEqual([0, 1, 0, 1]))
  })

  it('of a dilated pool go to the maxima', () => {
    tidy(() => {
      const x = tensor([1, 9, 2, 3], [1, 1, 4, 1])
      expect([...grad((x) => pool(x, [1, 2], 'max', 'valid', [1, 2], 1))(x).dataSync()]).toEqual([0, 1, 1, 0])
    })
  })

  it('of maxPoolWithArgmax, which says where they are', () => {
    tidy(() => {
      const x = tensor([1, 9, 2, 3, 4, 4, 8, 7], [2, 2, 2, 1])
      const { result, indexes } = maxPoolWithArgmax(x, 2, 2, 'valid')
      expect([[...result.dataSync()], [...indexes.dataSync()], indexes.dtype]).toEqual([[9, 8], [1, 2], 'int32'])
      expect([...maxPoolWithArgmax(x, 2, 2, 'valid', true).indexes.dataSync()]).toEqual([1, 6])
      expect([...grad((x) => maxPoolWithArgmax(x, 2, 2, 'valid').result)(x).dataSync()]).toEqual([
        0, 1, 0, 0, 0, 0, 1, 0,
      ])
    })
  })
})

describe('what depends on data', () => {
  it('whereAsync, booleanMaskAsync, setdiff1dAsync, inTopKAsync', async () => {
    const found = await whereAsync([
      [true, false],
      [false, true],
    ])
    expect([found.arraySync(), found.dtype]).toEqual([
      [
        [0, 0],
        [1, 1],
      ],
      'int32',
    ])
    const kept = await booleanMaskAsync(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [true, false, true],
    )
    expect(kept.arraySync()).toEqual([
      [1, 2],
      [5, 6],
    ])
    const [left, at] = await setdiff1dAsync([1, 2, 3, 4], [2, 4])
    expect([left.arraySync(), at.arraySync()]).toEqual([
      [1, 3],
      [0, 2],
    ])
    const hits = await inTopKAsync(
      [
        [1, 2, 3],
        [3, 2, 1],
      ],
      [2, 2],
      2,
    )
    expect(hits.arraySync()).toEqual([1, 0])
    for (const tensor of [found, kept, left, at, hits]) tensor.dispose()
  })

  it('unique and searchSorted of nothing', () => {
    tidy(() => {
      expect(unique(tensor([], [0])).values.shape).toEqual([0])
      expect(searchSorted([1, 2], tensor([], [0])).shape).toEqual([0])
    })
  })

  it('multinomial draws by the weights', () => {
    tidy(() => {
      const drawn = multinomial(
        [
          [Math.log(3), 0],
          [-50, 0],
        ],
        4000,
        7,
      )
      expect([drawn.shape, drawn.dtype]).toEqual([[2, 4000], 'int32'])
      const [first, second] = mean(drawn, 1).dataSync()
      expect(first).toBeCloseTo(0.25, 1)
      expect(second).toBe(1)
      expect(multinomial([1, 1], 5, 3).arraySync()).toEqual(multinomial([0.5, 0.5], 5, 3, true).arraySync())
    })
  })
})

describe('bad arguments', () => {
  it.each<[string, () => unknown]>([
    [
      "einsum: expected an equation such as 'ij,jk->ik' for one or two tensors, each letter once in each, received 'ii->i'",
      () => einsum('ii->i', [[1]]),
    ],
    ["einsum: expected size 2 along 'j', received 3", () => einsum('ij,jk->ik', [[1, 2]], [[1], [2], [3]])],
    [
      'mirrorPad: expected paddings to be [before, after] for each axis of [2], each at most its size − 1, received [[2, 0]]',
      () => mirrorPad([1, 2], [[2, 0]], 'reflect'),
    ],
    ['cumsum: expected axis to be an integer from -1 to 0, received 1', () => cumsum([1], 1)],
    ['topk: expected k to be an integer from 0 to 2, received 3', () => topk([1, 2], 3)],
  ])('%s', (text, run) => expect(run).toThrow(text))

  it('leave nothing behind', () => {
    expectNoLeak(() => {
      expect(() => mirrorPad([1, 2], [[2, 0]], 'reflect')).toThrow()
      return []
    })
  })
})
