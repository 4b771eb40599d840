import { describe, expect, it } from 'vitest'
import { digitFromPixels, normalizeDigit, DIGIT_SIDE as SIDE } from '../../src/data/digit-picture.ts'

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

describe('digitFromPixels', () => {
  /** A bar on paper of the given brightness, twice as wide as high. */
  function photo(paper: number, ink: number, turned = false): { width: number; height: number; data: Uint8Array } {
    const [width, height] = turned ? [90, 180] : [180, 90]
    const isBar = (x: number, y: number): boolean => x >= 80 && x < 100 && y >= 15 && y < 75
    const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => {
      if (i % 4 === 3) return 255
      const [x, y] = [Math.floor(i / 4) % width, Math.floor(i / 4 / width)]
      return (turned ? isBar(y, 89 - x) : isBar(x, y)) ? ink : paper
    })
    return { width, height, data }
  }

  it('reads dark on light and light on dark alike: white on black, 20 high, in the middle', () => {
    const dark = digitFromPixels(photo(230, 40))
    expect(dark.length).toBe(SIDE * SIDE)
    expect(digitFromPixels(photo(40, 230))).toEqual(dark)
    const ink = extent(Float32Array.from(dark))
    expect([ink.top, ink.bottom]).toEqual([4, 23])
    expect(Math.abs(ink.left + ink.right - (SIDE - 1))).toBeLessThanOrEqual(1)
    expect(dark[14 * SIDE + 14]).toBe(255)
    expect(dark[0]).toBe(0)
  })

  it('follows the orientation', () => {
    expect(digitFromPixels(photo(230, 40, true), 8)).toEqual(digitFromPixels(photo(230, 40)))
  })

  it('sees nothing on a blank sheet', () => {
    expect(digitFromPixels(photo(200, 200)).every((value) => value === 0)).toBe(true)
  })
})
