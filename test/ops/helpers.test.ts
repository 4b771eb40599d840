import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init } from '../../src/init.ts'
import { scalar } from '../../src/ops/create.ts'
import { enclosingPowerOfTwo, movingAverage, rand } from '../../src/ops/helpers.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectClose } from '../helpers/compare.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

describe('movingAverage', () => {
  it('moves towards a value, corrected for a start at 0 unless told otherwise', () => {
    expectClose(movingAverage([1, 2], [3, 6], 0.75, null, false).dataSync(), [1.5, 3])
    // 0 + (4 − 0) · 0.25 / (1 − 0.75²)
    expectClose(movingAverage([0], [4], 0.75, 2).dataSync(), [1 / (1 - 0.5625)])
    expectClose(movingAverage([0], [4], scalar(0.75), scalar(2)).dataSync(), [1 / (1 - 0.5625)])
    expect(() => movingAverage([0], [1], 0.5)).toThrow('movingAverage: expected step where zeroDebias is on')
  })
})

describe('rand', () => {
  it('asks a function for each element', () => {
    let n = 0
    expect([...rand([2, 2], () => n++).dataSync()]).toEqual([0, 1, 2, 3])
    expect([...rand([3], () => 1.75, 'int32').dataSync()]).toEqual([1, 1, 1])
    expect([...rand([2], () => n++ - 5, 'bool').dataSync()]).toEqual([1, 0])
    expect(() => rand([2], 3 as never)).toThrow('rand: expected a function that returns numbers, received 3')
  })
})

describe('enclosingPowerOfTwo', () => {
  it.each([
    [1, 1],
    [2, 2],
    [5, 8],
    [1025, 2048],
    [0.3, 0.5],
  ])('of %f is %f', (value, power) => {
    expect(enclosingPowerOfTwo(value)).toBe(power)
  })
})
