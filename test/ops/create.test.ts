import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init } from '../../src/init.ts'
import * as create from '../../src/ops/create.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type DataType, memory, type TensorLike, type TensorValues, tidy, Variable } from '../../src/tensor.ts'
import { expectSameBits } from '../helpers/compare.ts'
import { expectLikeTfjs, expectNoLeak, integers, values } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const { eye, fill, linspace, ones, onesLike, range, scalar, tensor, tensor1d, tensor2d, tensor3d, tensor4d } = create
const { variable, zeros, zerosLike } = create
const constant = { gradient: false }

describe('tensor and its relatives', () => {
  it('agree with TF.js on nested values', () => {
    const deep = [[[[1, 2]], [[3, 4]]]]
    expectLikeTfjs((ops) => ops.tensor(deep), [], constant)
    expectLikeTfjs((ops) => ops.tensor1d([1, 2.5]), [], constant)
    expectLikeTfjs((ops) => ops.tensor2d([[1], [2]]), [], constant)
    expectLikeTfjs((ops) => ops.tensor3d([[[1, 2]], [[3, 4]]]), [], constant)
    expectLikeTfjs((ops) => ops.tensor4d(deep), [], constant)
    expectLikeTfjs((ops) => ops.scalar(7), [], constant)
  })

  it('agree with TF.js on flat values and a shape', () => {
    expectLikeTfjs((ops) => ops.tensor([1, 2, 3, 4], [2, 2]), [], constant)
    expectLikeTfjs((ops) => ops.tensor2d([1, 2, 3], [1, 3]), [], constant)
    expectLikeTfjs((ops) => ops.tensor3d([1, 2, 3], [1, 3, 1]), [], constant)
    expectLikeTfjs((ops) => ops.tensor4d([1, 2, 3], [1, 3, 1, 1], 'int32'), [], constant)
  })

  it('agree with TF.js on dtypes', () => {
    expectLikeTfjs((ops) => ops.tensor([true, false]), [], constant)
    expectLikeTfjs((ops) => ops.scalar(true), [], constant)
    expectLikeTfjs((ops) => ops.tensor(Int32Array.of(1, 2 ** 30)), [], constant)
    expectLikeTfjs((ops) => ops.tensor(Uint8Array.of(1, 255)), [], constant)
    expectLikeTfjs((ops) => ops.tensor(Float32Array.of(1.5)), [], constant)
    expectLikeTfjs((ops) => ops.tensor([1.7, -1.7], [2], 'int32'), [], constant)
    expectLikeTfjs((ops) => ops.tensor([0, 2, 1], [3], 'bool'), [], constant)
    expectLikeTfjs((ops) => ops.scalar(3, 'int32'), [], constant)
  })

  it('take float64 and clamped bytes', () => {
    tidy(() => {
      expect(tensor(Float64Array.of(0.1)).dataSync()[0]).toBe(Math.fround(0.1))
      expect(tensor(Uint8ClampedArray.of(300)).dataSync()[0]).toBe(255)
      expect(tensor([Float32Array.of(1, 2), Float32Array.of(3, 4)]).shape).toEqual([2, 2])
    })
  })

  it('take no elements', () => {
    expectLikeTfjs((ops) => ops.tensor([]), [], constant)
    expectLikeTfjs((ops) => ops.tensor([], [0, 3]), [], constant)
  })

  it('copy what they are given', () => {
    const [data, shape] = [Float32Array.of(1, 2), [2, 1]]
    tidy(() => {
      const x = tensor(data, shape)
      data[0] = 9
      shape[0] = 7
      expectSameBits(x.dataSync(), [1, 2])
      expect(x.shape).toEqual([2, 1])
    })
  })

  it('refuse what does not fit', () => {
    const before = memory().numDataBuffers
    expect(() => tensor([1, 2, 3], [2, 2])).toThrow('tensor: expected 4 values for shape [2, 2], received 3')
    expect(() =>
      tensor(
        [
          [1, 2],
          [3, 4],
        ],
        [4],
      ),
    ).toThrow('tensor: expected 4 values for shape [4], received 4, nested as [2, 2]')
    expect(() => tensor([[1, 2], [3]])).toThrow('tensor: expected rows alike, of shape [2], received one of shape [1]')
    expect(() => tensor([1], [1.5])).toThrow('tensor: expected a shape of integers of at least 0, received [1.5]')
    expect(() => tensor([1], [1], 'float64' as DataType)).toThrow(
      "tensor: expected dtype float32, int32 or bool, received 'float64'",
    )
    expect(() => tensor('text' as unknown as TensorValues)).toThrow(
      "tensor: expected numbers, booleans, arrays of them or a typed array, received 'text'",
    )
    expect(() => tensor([1, null] as unknown as TensorValues)).toThrow('received null')
    expect(() => tensor(new BigInt64Array(1) as unknown as TensorValues)).toThrow('received BigInt64Array(1)')
    expect(() => tensor(new BigUint64Array(1) as unknown as TensorValues)).toThrow('received BigUint64Array(1)')
    expect(memory().numDataBuffers).toBe(before)
  })

  it('refuse another rank', () => {
    const before = memory().numDataBuffers
    expect(() => tensor1d([[1]])).toThrow('tensor1d: expected values of rank 1, received [1, 1]')
    expect(() => tensor2d([1, 2])).toThrow(
      'tensor2d: expected values of rank 2, received [2] — flat values need a shape',
    )
    expect(() => tensor3d([1, 2], [2, 1])).toThrow('tensor3d: expected a shape of rank 3, received [2, 1]')
    expect(() => tensor2d([1, 2], 2 as unknown as number[])).toThrow(
      'tensor2d: expected a shape of integers of at least 0, received 2',
    )
    expect(() => tensor4d([[1]])).toThrow('tensor4d: expected values of rank 4, received [1, 1]')
    expect(() => scalar([1] as unknown as number)).toThrow('scalar: expected a number or a boolean, received [1]')
    expect(memory().numDataBuffers).toBe(before)
  })
})

describe('filled', () => {
  it('agree with TF.js', () => {
    expectLikeTfjs((ops) => ops.zeros([2, 3]), [], constant)
    expectLikeTfjs((ops) => ops.ones([5], 'int32'), [], constant)
    expectLikeTfjs((ops) => ops.ones([5], 'bool'), [], constant)
    expectLikeTfjs((ops) => ops.fill([2, 2], 0.25), [], constant)
    expectLikeTfjs((ops) => ops.fill([3], 7, 'int32'), [], constant)
    expectLikeTfjs((ops) => ops.zeros([]), [], constant)
    expectLikeTfjs((ops) => ops.zeros([0, 2]), [], constant)
    expectLikeTfjs((ops, x) => ops.zerosLike(x), [integers([2], 1, 2)], constant)
    expectLikeTfjs((ops, x) => ops.onesLike(x), [values([1, 2], 1, 2)], constant)
  })

  it('fill takes booleans, NaN and infinities', () => {
    tidy(() => {
      expect(fill([2], true).dtype).toBe('bool')
      expectSameBits(fill([1], Number.NaN).dataSync(), [Number.NaN])
      expectSameBits(fill([1], Number.NEGATIVE_INFINITY).dataSync(), [Number.NEGATIVE_INFINITY])
    })
  })

  it('do not keep the array that gave the shape', () => {
    tidy(() => {
      const shape = [1, 2]
      const x = ones(shape)
      shape[0] = 5
      expect(x.shape).toEqual([1, 2])
    })
  })

  it('refuse bad arguments', () => {
    expect(() => zeros([-1])).toThrow('zeros: expected a shape of integers of at least 0, received [-1]')
    expect(() => ones([2 ** 16, 2 ** 16])).toThrow(
      'ones: expected at most 1073741760 elements, received [65536, 65536]',
    )
    expect(() => fill([1], '1' as unknown as number)).toThrow("fill: expected a number or a boolean, received '1'")
    expect(() => zeros([1], 'complex64' as DataType)).toThrow('zeros: expected dtype to be one of')
  })

  it('leave nothing behind', () => {
    expectNoLeak(() => [zerosLike([1, 2]), onesLike(3)])
  })
})

describe('range', () => {
  it.each([
    [0, 5, undefined],
    [0, 1, 0.25],
    [5, 0, undefined],
    [5, 0, -2],
    [0, 5, -1],
    [3, 3, undefined],
    [-2, 3, 2],
  ])('from %d to %d by %s agrees with TF.js', (start, stop, step) => {
    expectLikeTfjs((ops) => ops.range(start, stop, step), [], constant)
  })

  it('counts in int32', () => {
    expectLikeTfjs((ops) => ops.range(0, 4, 1, 'int32'), [], constant)
  })

  it('refuses a step of 0, and what is not finite', () => {
    expect(() => range(0, 1, 0)).toThrow('range: expected a step other than 0, received 0')
    expect(() => range(0, Number.POSITIVE_INFINITY)).toThrow(
      'range: expected stop to be a finite number, received Infinity',
    )
    expect(() => range(0, 1e12)).toThrow('range: expected at most 1073741760 elements, received [1000000000000]')
    expect(() => range(0, 1, 1, 'bool' as 'int32')).toThrow('range: expected dtype to be one of float32, int32')
  })
})

describe('linspace', () => {
  it.each([
    [0, 1, 5],
    [3, -1, 4],
    [2, 9, 1],
    [0, 0.7, 8],
  ])('from %d to %d in %d agrees with TF.js', (start, stop, num) => {
    expectLikeTfjs((ops) => ops.linspace(start, stop, num), [], constant)
  })

  it('ends on the stop exactly', () => {
    tidy(() => expect(linspace(0, 0.7, 1001).dataSync()[1000]).toBe(Math.fround(0.7)))
  })

  it('refuses no values', () => {
    expect(() => linspace(0, 1, 0)).toThrow('linspace: expected num to be an integer of at least 1, received 0')
  })
})

describe('eye', () => {
  it('agrees with TF.js', () => {
    expectLikeTfjs((ops) => ops.eye(3), [], constant)
    expectLikeTfjs((ops) => ops.eye(2, 4), [], constant)
    expectLikeTfjs((ops) => ops.eye(3, 2, [2], 'int32'), [], constant)
  })

  it('takes no rows', () => {
    tidy(() => expect(eye(0, 3, [2]).shape).toEqual([2, 0, 3]))
    expect(() => eye(1.5)).toThrow('eye: expected numRows to be an integer of at least 0, received 1.5')
  })
})

describe('variable', () => {
  it('starts from a copy', () => {
    const x = tensor([1, 2])
    const v = variable(x)
    expect(v).toBeInstanceOf(Variable)
    x.dispose()
    expectSameBits(v.dataSync(), [1, 2])
    v.dispose()
  })

  it('has a name of its own, is trainable, and takes another dtype', () => {
    const [a, b] = [variable([1]), variable([1.5], false, 'counter', 'int32')]
    expect([a.trainable, b.trainable, b.name, b.dtype]).toEqual([true, false, 'counter', 'int32'])
    expect(a.name).toMatch(/^variable_\d+$/)
    expect([...b.dataSync<'int32'>()]).toEqual([1])
    a.dispose()
    b.dispose()
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => [variable([1]), variable(Int32Array.of(1), true, 'v', 'float32')])
  })

  it('names what it cannot start from', () => {
    expect(() => variable(undefined as unknown as TensorLike)).toThrow(
      'variable: expected initialValue to be a tensor or values for one, received undefined',
    )
    expect(() => variable([1], true, 'v', 'half' as DataType)).toThrow('variable: expected dtype to be one of')
  })
})
