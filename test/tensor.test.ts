import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { QuadlaneError, ShapeError } from '../src/errors.ts'
import { init } from '../src/init.ts'
import { relu } from '../src/ops/activation.ts'
import { add } from '../src/ops/arithmetic.ts'
import { fill, range, scalar, tensor, variable, zeros } from '../src/ops/create.ts'
import { clone, reshape } from '../src/ops/layout.ts'
import { pad } from '../src/ops/slices.ts'
import { runtime, shutdown } from '../src/runtime/runtime.ts'
import { allocate, dispose, keep, memory, type Tensor, tidy, type Variable } from '../src/tensor.ts'

describe('tensors', () => {
  beforeAll(() => init({ simd: 'baseline' }))
  afterAll(shutdown)

  describe('reading', () => {
    it('gives copies, of the array type of the dtype', async () => {
      const x = tensor([
        [1.5, 2],
        [3, 4],
      ])
      const copy = x.dataSync()
      copy[0] = 9
      expect(x.dataSync()).toEqual(Float32Array.of(1.5, 2, 3, 4))
      expect(await x.data()).toEqual(Float32Array.of(1.5, 2, 3, 4))
      expect(tensor([1], [1], 'int32').dataSync()).toEqual(Int32Array.of(1))
      expect(tensor([true, false]).dataSync()).toEqual(Uint8Array.of(1, 0))
      x.dispose()
    })

    it('gives nested arrays', async () => {
      const x = tensor([1, 2, 3, 4, 5, 6], [1, 3, 2])
      expect(x.arraySync()).toEqual([
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ])
      expect(await x.array()).toEqual([
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ])
      expect(scalar(3).arraySync()).toBe(3)
      expect(zeros([2, 0]).arraySync()).toEqual([[], []])
      x.dispose()
    })

    it('has a shape that nobody changes', () => {
      tidy(() => {
        const shape = [1, 2]
        const x = zeros(shape)
        shape[0] = 9
        expect(x.shape).toEqual([1, 2])
        expect(() => (relu(x).shape as number[]).shift()).toThrow(TypeError)
        expect(x.shape).toEqual([1, 2])
      })
    })

    it('has shape, rank, size and dtype', () => {
      const { shape, rank, size, dtype } = zeros([2, 3, 4])
      expect([shape, rank, size, dtype]).toEqual([[2, 3, 4], 3, 24, 'float32'])
    })
  })

  describe('values', () => {
    it('takes typed arrays as parts of any shape', () => {
      const parts = [new Float32Array(12).fill(1), new Float32Array(12).fill(2)]
      expect(tensor(parts, [2, 3, 4]).sum([1, 2]).arraySync()).toEqual([12, 24])
      expect(() => tensor(parts, [4, 6])).toThrow(
        /expected 24 values for shape \[4, 6\], received 24, nested as \[2, 12\]/,
      )
    })

    it('has its bytes, and throws where it is gone', async () => {
      const x = tensor([1, 2])
      expect([...(await x.bytes())]).toEqual([0, 0, 128, 63, 0, 0, 0, 64])
      expect([...(await tensor([true, false]).bytes())]).toEqual([1, 0])
      x.throwIfDisposed()
      x.dispose()
      expect(() => x.throwIfDisposed()).toThrow(/received a disposed/)
    })

    const deep = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => [inner], 1 as unknown)

    it('that the dtype does not hold are refused', () => {
      const text = 'tensor: expected int32 values, from -2147483648 to 2147483647, received'
      for (const value of [2 ** 31, -(2 ** 31) - 1, Number.NaN, Infinity, 1e300]) {
        expect(() => tensor([1, value], [2], 'int32')).toThrow(`${text} ${value} — give dtype 'float32'`)
        expect(() => fill([1], value, 'int32')).toThrow('fill: expected int32 values')
        expect(() => scalar(value, 'int32')).toThrow('scalar: expected int32 values')
      }
      expect(() => tensor(Uint32Array.of(2 ** 31))).toThrow(text)
      expect(() => range(0, 2 ** 33, 2 ** 31, 'int32')).toThrow('range: expected int32 values')
      expect(() => pad(tensor([1], [1], 'int32'), [[1, 0]], 1e10)).toThrow('pad: expected int32 values')
      tidy(() =>
        expect([...tensor([2 ** 31 - 1, -(2 ** 31), 1.9, -1.9], [4], 'int32').dataSync()]).toEqual([
          2 ** 31 - 1,
          -(2 ** 31),
          1,
          -1,
        ]),
      )
    })

    it('nested too deep, in themselves, or alike in nothing are refused', () => {
      const ring: unknown[] = []
      ring.push(ring)
      const tooDeep =
        'tensor: expected arrays nested at most 32 deep, received deeper ones — does an array contain itself?'
      for (const values of [ring, deep(1e5)]) {
        expect(() => tensor(values as number[])).toThrow(ShapeError)
        expect(() => tensor(values as number[])).toThrow(tooDeep)
      }
      tidy(() => expect(tensor(deep(32) as number[]).rank).toBe(32))
      for (const values of [
        Symbol('x'),
        'x',
        1n,
        {},
        () => 1,
        [[1], 2],
        [1, [2]],
        [null],
        [undefined],
        [Symbol('x')],
        [1n],
      ]) {
        expect(() => tensor(values as number[])).toThrow(QuadlaneError)
      }
      expect(() => tensor(Object.assign(new Array(3), [1]))).toThrow(QuadlaneError)
    })

    it('of sizes that no tensor has are refused', () => {
      for (const shape of [
        [-1],
        [1.5],
        [Number.NaN],
        [undefined],
        [2 ** 40],
        [2 ** 20, 2 ** 20],
        ['2'],
        new Array(1),
        Array(33).fill(1),
      ]) {
        expect(() => zeros(shape as number[])).toThrow(QuadlaneError)
        expect(() => allocate('test', shape as number[])).toThrow(QuadlaneError)
      }
      expect(Number.isFinite(memory().numBytes)).toBe(true)
    })
  })

  describe('dispose', () => {
    const text = (who: string): string =>
      `${who}: expected a tensor that has not been disposed, received a disposed one of shape [2] — keep() it or return it from tidy()`

    it('gives the buffer back, once', () => {
      const before = memory()
      const x = tensor([1, 2])
      expect(memory().numDataBuffers).toBe(before.numDataBuffers + 1)
      x.dispose()
      x.dispose()
      expect(x.isDisposed).toBe(true)
      expect(memory().numDataBuffers).toBe(before.numDataBuffers)
      expect(memory().numBytes).toBe(before.numBytes)
    })

    it('leaves a tensor that nothing can be read from', async () => {
      const x = tensor([1, 2])
      x.dispose()
      expect(() => x.dataSync()).toThrow(text('dataSync'))
      expect(() => x.arraySync()).toThrow(text('arraySync'))
      await expect(x.data()).rejects.toThrow(text('dataSync'))
      await expect(x.array()).rejects.toThrow(text('arraySync'))
      expect(() => reshape(x, [1, 2])).toThrow(text('reshape'))
    })

    it('of one of two tensors over a buffer leaves the other', () => {
      const x = tensor([1, 2])
      const y = clone(x)
      x.dispose()
      expect(y.dataSync()).toEqual(Float32Array.of(1, 2))
      y.dispose()
    })

    it('takes arrays and objects, and what is no tensor', () => {
      const before = memory().numDataBuffers
      const x = tensor([1])
      dispose({ a: [x, tensor([2])], b: new Map([['c', tensor([3])]]), d: 1, e: null })
      dispose(undefined)
      dispose(x)
      expect(memory().numDataBuffers).toBe(before)
    })

    it('is counted, each tensor by itself', () => {
      const before = memory()
      const x = tensor([1, 2])
      const y = clone(x)
      expect(memory().numTensors).toBe(before.numTensors + 2)
      expect(memory().numDataBuffers).toBe(before.numDataBuffers + 1)
      for (const each of [x, y, y]) each.dispose()
      expect(memory().numTensors).toBe(before.numTensors)
    })

    it('finds tensors however deep they lie', () => {
      const before = memory().numTensors
      let list: unknown = tensor([1])
      for (let i = 0; i < 1e5; i++) list = { next: list }
      dispose(tidy(() => list))
      expect(memory().numTensors).toBe(before)
    })

    it('comes by itself at the end of a block with using', () => {
      const before = memory().numDataBuffers
      {
        using x = tensor([1, 2])
        expect(x.size).toBe(2)
        expect(memory().numDataBuffers).toBe(before + 1)
      }
      expect(memory().numDataBuffers).toBe(before)
    })
  })

  describe('tidy', () => {
    it('disposes what it does not return', () => {
      const before = memory().numDataBuffers
      let inner: Tensor | undefined
      const y = tidy(() => {
        inner = tensor([1, 2])
        return add(inner, add(inner, 1))
      })
      expect(inner?.isDisposed).toBe(true)
      expect(y.dataSync()).toEqual(Float32Array.of(3, 5))
      expect(memory().numDataBuffers).toBe(before + 1)
      y.dispose()
    })

    it('finds what it returns in arrays, objects, maps and rings', () => {
      const before = memory().numDataBuffers
      const ring: Record<string, unknown> = {}
      const result = tidy(() => {
        Object.assign(ring, { self: ring, deep: [{ x: [tensor([1])] }], map: new Map([['y', tensor([2])]]) })
        tensor([3])
        return ring
      })
      expect(memory().numDataBuffers).toBe(before + 2)
      dispose(result)
      expect(memory().numDataBuffers).toBe(before)
    })

    it('gives what it returns into the care of the one around it', () => {
      const before = memory().numDataBuffers
      tidy(() => {
        const x = tidy(() => tensor([1]))
        expect(x.isDisposed).toBe(false)
      })
      expect(memory().numDataBuffers).toBe(before)
    })

    it('leaves alone what is kept, variables, and what was made outside', () => {
      const outside = tensor([0])
      let kept: Tensor | undefined
      let weight: Variable | undefined
      tidy(() => {
        kept = keep(tensor([1]))
        weight = variable([2])
        add(outside, 1)
      })
      for (const tensor of [outside, kept, weight]) {
        expect(tensor?.isDisposed).toBe(false)
        tensor?.dispose()
      }
    })

    it('keep refuses what is no tensor', () => {
      expect(() => keep([1] as unknown as Tensor)).toThrow('keep: expected a tensor, received [1]')
    })

    it('cleans up when its function throws', () => {
      const before = memory().numDataBuffers
      expect(() =>
        tidy(() => {
          tensor([1])
          throw new Error('on purpose')
        }),
      ).toThrow('on purpose')
      expect(memory().numDataBuffers).toBe(before)
      tidy(() => expect(tensor([1]).isDisposed).toBe(false))
      expect(memory().numDataBuffers).toBe(before)
    })

    it('takes a name first, as in TF.js, and returns what its function does', () => {
      expect(tidy('named', () => 5)).toBe(5)
      expect(tidy(() => 'text')).toBe('text')
    })

    it('refuses promises, and what is no function', () => {
      expect(() => tidy(async () => 1)).toThrow(
        'tidy: expected a function that returns at once, received a promise — dispose what an async function makes yourself',
      )
      expect(() => tidy(3 as unknown as () => void)).toThrow('tidy: expected a function, received 3')
    })
  })

  describe('variables', () => {
    it('take a new value of the same shape and dtype, copied', () => {
      const v = variable([1, 2], true, 'w')
      const x = tensor([3, 4])
      v.assign(x)
      x.dispose()
      expect(v.dataSync()).toEqual(Float32Array.of(3, 4))
      v.dispose()
    })

    it('refuse any other', () => {
      const v = variable([1, 2], true, 'w')
      expect(() => v.assign(tensor([1]))).toThrow('w.assign: expected float32 [2], received float32 [1]')
      expect(() => v.assign(tensor([1, 2], [2], 'int32'))).toThrow('w.assign: expected float32 [2], received int32 [2]')
      expect(() => v.assign([1, 2] as unknown as Tensor)).toThrow('w.assign: expected a tensor, received [1, 2]')
      const gone = tensor([1, 2])
      gone.dispose()
      expect(() => v.assign(gone)).toThrow('w.assign: expected a tensor that has not been disposed')
      expect(v.dataSync()).toEqual(Float32Array.of(1, 2))
      v.dispose()
      expect(() => v.assign(tensor([1, 2]))).toThrow('w.assign: expected a tensor that has not been disposed')
    })

    it('do not change what was computed from them', () => {
      const v = variable([1, 2])
      const y = add(v, 0)
      const same = v.clone()
      v.assign(tensor([5, 6]))
      expect([...y.dataSync(), ...same.dataSync()]).toEqual([1, 2, 1, 2])
      for (const t of [v, y, same]) t.dispose()
    })
  })

  describe('memory', () => {
    it('counts buffers and bytes, and shared ones once', () => {
      tidy(() => {
        const before = memory()
        const x = zeros([1000])
        clone(x)
        expect(memory().numDataBuffers).toBe(before.numDataBuffers + 1)
        expect(memory().numBytes - before.numBytes).toBeGreaterThanOrEqual(4000)
        expect(memory().peakBytes).toBeGreaterThanOrEqual(memory().numBytes)
        expect(memory().totalBytes).toBeGreaterThanOrEqual(memory().numBytes)
      })
    })

    it('is taken from what was freed: a loop does not grow it', () => {
      const step = (): void => tidy(() => void relu(add(zeros([5000]), 1)))
      step()
      const { totalBytes } = memory()
      for (let i = 0; i < 200; i++) step()
      expect(memory().totalBytes).toBe(totalBytes)
    })

    it('views survive that it grows: a result is read right after it', () => {
      tidy(() => {
        const x = tensor([1, 2, 3])
        zeros([3_000_000])
        expect([...add(x, 1).dataSync()]).toEqual([2, 3, 4])
      })
    })
  })
})

describe('after shutdown', () => {
  it('a tensor of the runtime before is refused, and its disposal harmless', async () => {
    await init({ simd: 'baseline' })
    const old = tensor([1, 2])
    const oldMemory = runtime('test').memory
    shutdown()
    await init({ simd: 'baseline' })
    const text = 'expected a tensor of the present runtime, received one of a runtime that was shut down'
    expect(() => old.dataSync()).toThrow(`dataSync: ${text}`)
    expect(() => add(old, 1)).toThrow(`add: ${text}`)
    const { numDataBuffers } = memory()
    old.dispose()
    expect(oldMemory.blocksInUse).toBe(0)
    expect(memory().numDataBuffers).toBe(numDataBuffers)
  })
})
