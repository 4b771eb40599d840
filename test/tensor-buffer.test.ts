import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buffer, init, shutdown, tensor } from '../src/exports.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

describe('the buffer of a tensor', () => {
  it('is a copy that can be read and written one by one', async () => {
    const x = tensor([1, 2, 3, 4, 5, 6], [2, 3])
    const copy = x.bufferSync()
    expect(copy.get(1, 2)).toBe(6)
    copy.set(9, 1, 2)
    expect([...copy.toTensor().dataSync()]).toEqual([1, 2, 3, 4, 5, 9])
    expect(x.dataSync()[5]).toBe(6)
    expect((await x.buffer()).get(0, 1)).toBe(2)
    expect(x.toBool().bufferSync().dtype).toBe('bool')
    expect(() => copy.get(2, 0)).toThrow('buffer: expected index 0 to be an integer from 0 to 1, received 2')
  })
})

describe('a buffer of zeros', () => {
  it('knows where its elements are', () => {
    const zeros = buffer([2, 3, 4], 'int32')
    expect(zeros.rank).toBe(3)
    expect(zeros.strides).toEqual([12, 4])
    expect(zeros.locToIndex([1, 2, 3])).toBe(23)
    expect(zeros.indexToLoc(17)).toEqual([1, 1, 1])
    expect(zeros.toTensor().dtype).toBe('int32')
  })
})
