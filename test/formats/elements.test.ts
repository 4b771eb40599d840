import { describe, expect, it } from 'vitest'
import { fromFloat16, toFloat16 } from '../../src/formats/elements.ts'

describe('float16', () => {
  it('goes to floats and back with the same bits, all 65536 of them', () => {
    for (let half = 0; half < 65536; half++) {
      const value = fromFloat16(half)
      if (Number.isNaN(value)) expect(Number.isNaN(fromFloat16(toFloat16(value)))).toBe(true)
      else if (toFloat16(value) !== half) throw new Error(`0x${half.toString(16)} became ${toFloat16(value)}`)
    }
  })

  it('rounds to the nearest, to even at ties, and beyond its range to infinity', () => {
    expect(fromFloat16(0x3555)).toBeCloseTo(1 / 3, 3)
    expect(toFloat16(1 + 2 ** -11)).toBe(0x3c00)
    expect(toFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02)
    expect(toFloat16(65519)).toBe(0x7bff)
    expect(toFloat16(65520)).toBe(0x7c00)
    expect(toFloat16(2 ** -25)).toBe(0)
    expect(toFloat16(-(2 ** -24))).toBe(0x8001)
  })
})
