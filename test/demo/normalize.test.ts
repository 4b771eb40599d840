import { describe, expect, it } from 'vitest'
import { normalizeDigit, SIDE } from '../../demo/drawing/normalize.ts'

const PAD = 100

/** A pad with ink where `isInk` says. */
function pad(isInk: (x: number, y: number) => boolean): Float32Array {
  return Float32Array.from({ length: PAD * PAD }, (_, i) => (isInk(i % PAD, Math.floor(i / PAD)) ? 1 : 0))
}

function extent(digit: Float32Array): { left: number; right: number; top: number; bottom: number } {
  const inked = [...digit.keys()].filter((i) => digit[i]! > 0)
  const columns = inked.map((i) => i % SIDE)
  const rows = inked.map((i) => Math.floor(i / SIDE))
  return {
    left: Math.min(...columns),
    right: Math.max(...columns),
    top: Math.min(...rows),
    bottom: Math.max(...rows),
  }
}

describe('normalizeDigit', () => {
  it('leaves an empty pad empty', () => {
    expect(normalizeDigit(new Float32Array(PAD * PAD), PAD).every((value) => value === 0)).toBe(true)
  })

  it('scales a square to 20×20 in the middle, wherever it was drawn', () => {
    for (const at of [0, 13, 50]) {
      const digit = normalizeDigit(
        pad((x, y) => x >= at && x < at + 40 && y >= 5 && y < 45),
        PAD,
      )
      expect(extent(digit)).toEqual({ left: 4, right: 23, top: 4, bottom: 23 })
    }
  })

  it('keeps the proportions', () => {
    const digit = normalizeDigit(
      pad((x, y) => x >= 10 && x < 20 && y >= 10 && y < 90),
      PAD,
    )
    const { left, right, top, bottom } = extent(digit)
    expect(bottom - top + 1).toBe(20)
    expect(right - left + 1).toBe(3)
  })

  it('puts the centre of mass, not of the box, in the middle', () => {
    // A thin stem with a heavy foot.
    const digit = normalizeDigit(
      pad((x, y) => (x >= 45 && x < 50 && y >= 10 && y < 90) || (x >= 20 && x < 80 && y >= 70 && y < 90)),
      PAD,
    )
    let [mass, x, y] = [0, 0, 0]
    digit.forEach((value, i) => {
      mass += value
      x += value * ((i % SIDE) + 0.5)
      y += value * (Math.floor(i / SIDE) + 0.5)
    })
    expect(Math.abs(x / mass - SIDE / 2)).toBeLessThanOrEqual(0.5)
    // The foot would be moved up further than the frame lets it.
    expect(extent(digit).top).toBe(0)
    expect(y / mass).toBeGreaterThan(SIDE / 2)
  })

  it('averages the area that a pixel covers', () => {
    // Every other column is ink: 80 columns shrink to 20, each half covered.
    const digit = normalizeDigit(
      pad((x, y) => x >= 10 && x < 90 && y >= 10 && y < 90 && (x % 2 === 0 || x === 89)),
      PAD,
    )
    expect(digit[14 * SIDE + 14]).toBeCloseTo(0.5, 6)
  })
})
