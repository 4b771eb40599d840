import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init } from '../src/init.ts'
import { range, scalar, tensor, zeros } from '../src/ops/create.ts'
import { reshape } from '../src/ops/layout.ts'
import { shutdown } from '../src/runtime/runtime.ts'
import { tidy } from '../src/tensor.ts'
import { tensorText } from '../src/tensor-text.ts'

beforeAll(() => init({ simd: 'baseline', threads: 1 }))
afterAll(shutdown)

describe('a tensor as text', () => {
  it('is its shape, its dtype and its matrix, in columns', () => {
    tidy(() => {
      expect(
        String(
          tensor([
            [1, 2.5],
            [-10, 0.1],
          ]),
        ),
      ).toBe('Tensor float32 [2, 2]\n    [[  1, 2.5],\n     [-10, 0.1]]')
      expect(String(tensor([1, 2.5]))).toBe('Tensor float32 [2]\n    [1, 2.5]')
      expect(String(scalar(3, 'int32'))).toBe('Tensor int32 []\n    3')
      expect(String(tensor([true, false]))).toBe('Tensor bool [2]\n    [true, false]')
      expect(String(zeros([2, 0]))).toBe('Tensor float32 [2, 0]\n    [[],\n     []]')
      expect(String(tensor([Number.NaN, Infinity, 1e-20]))).toBe('Tensor float32 [3]\n    [NaN, Infinity, 1e-20]')
    })
  })

  it('has matrices an empty line apart', () => {
    tidy(() => {
      expect(String(reshape(range(0, 8, 1, 'int32'), [2, 2, 2]))).toBe(
        'Tensor int32 [2, 2, 2]\n    [[[0, 1],\n      [2, 3]],\n\n     [[4, 5],\n      [6, 7]]]',
      )
    })
  })

  it('is cut in the middle, along each long axis, above 1000 elements', () => {
    tidy(() => {
      expect(String(range(0, 1000)).split(', ')).toHaveLength(1000)
      expect(String(range(0, 1001))).toBe('Tensor float32 [1001]\n    [0, 1, 2, ..., 998, 999, 1000]')
      const lines = String(reshape(range(0, 4000), [100, 40])).split('\n')
      expect(lines).toHaveLength(8)
      expect(lines[1]).toBe('    [[   0,    1,    2, ...,   37,   38,   39],')
      expect(lines[4]).toBe('     ...,')
      expect(lines[7]).toBe('     [3960, 3961, 3962, ..., 3997, 3998, 3999]]')
    })
  })

  it('says more where it is asked to, and nothing of what is gone', () => {
    tidy(() => {
      const x = tensor([[1, 2]])
      expect(x.toString(true)).toBe('Tensor\n  dtype: float32\n  rank: 2\n  shape: [1,2]\n  values:\n    [[1, 2]]')
      x.dispose()
      expect(String(x)).toBe('Tensor float32 [1, 2], disposed')
    })
  })

  it('is what console.log shows in Node', () => {
    tidy(() => {
      const x = tensor([1, 2])
      const inspect = x[Symbol.for('nodejs.util.inspect.custom') as never] as () => string
      expect(inspect.call(x)).toBe(String(x))
    })
  })

  it('of a wide shape costs what is shown', () => {
    const values = new Float32Array(1e6)
    const text = tensorText({ shape: [100, 100, 100], dtype: 'float32', values }, false)
    expect(text.split('\n').length).toBeLessThan(80)
  })
})
