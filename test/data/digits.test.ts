import { describe, expect, it } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset.ts'
import { digitForms } from '../../src/data/digit-forms.ts'
import { syntheticDigits } from '../../src/data/digits.ts'
import { drawPath, PenPath } from '../../src/data/rasterize.ts'
import { ArgumentError } from '../../src/errors.ts'

/** FNV-1a, 32 bits. */
function fnv1a(bytes: Uint8Array): string {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/** The centre of mass of an image, in pixels. */
function centreOfMass(image: Uint8Array): { x: number; y: number; mass: number } {
  let mass = 0
  let x = 0
  let y = 0
  for (const [i, byte] of image.entries()) {
    mass += byte
    x += byte * (i % 28)
    y += byte * Math.floor(i / 28)
  }
  return { x: x / mass, y: y / mass, mass: mass / 255 }
}

function counts({ labels }: ImageDataset): number[] {
  return Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length)
}

const digits = syntheticDigits({ count: 1000 })

describe('syntheticDigits', () => {
  it('hash to the published constant of FNV-1a', () => {
    expect(fnv1a(new TextEncoder().encode('foobar'))).toBe('bf9cf968')
  })

  it.each([
    { seed: 0, images: 'abc2a225', labels: '40e06195' },
    { seed: 1, images: '14522e5c', labels: 'bd7f5a0f' },
    { seed: 2 ** 53 - 1, images: 'f581fa58', labels: 'aa8241fb' },
  ])('gives the same bytes everywhere for seed $seed', ({ seed, images, labels }) => {
    const set = syntheticDigits({ count: 500, seed })
    expect([fnv1a(set.images), fnv1a(set.labels)]).toEqual([images, labels])
  })

  it('gives 12,000 digits of 28 x 28 x 1 in ten classes by default', () => {
    const set = syntheticDigits()
    expect([set.size, set.inputShape, set.classes, set.name]).toEqual([12_000, [28, 28, 1], 10, 'digits'])
    expect(counts(set)).toEqual(new Array(10).fill(1200))
    expect(set.image(999)).toEqual(digits.image(999))
  })

  it('gives the beginning of a larger set for a smaller count', () => {
    for (const count of [1, 7, 123]) {
      const set = syntheticDigits({ count })
      expect(set.images).toEqual(digits.take(count).images)
      expect(set.labels).toEqual(digits.take(count).labels)
    }
  })

  it('gives every class as often, give or take one, in random order', () => {
    const few = counts(syntheticDigits({ count: 137, seed: 5 }))
    expect(Math.max(...few) - Math.min(...few)).toBe(1)
    expect([...digits.labels.subarray(0, 10)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    const tens = Array.from({ length: 100 }, (_, i) => digits.labels.subarray(10 * i, 10 * i + 10).join(''))
    expect(new Set(tens).size).toBe(100)
  })

  it('draws no digit twice, and others for another seed', () => {
    const other = syntheticDigits({ count: 1000, seed: 1 })
    const hashes = [digits, other].flatMap((set) => Array.from({ length: set.size }, (_, i) => set.image(i).join()))
    expect(new Set(hashes).size).toBe(2000)
    expect(fnv1a(other.labels)).not.toBe(fnv1a(digits.labels))
  })

  it('fits every digit into a box of 20 x 20 that it fills in one direction', () => {
    for (let i = 0; i < digits.size; i++) {
      const image = digits.image(i)
      const inked = [...image.keys()].filter((at) => image[at]! > 0)
      const columns = inked.map((at) => at % 28)
      const rows = inked.map((at) => Math.floor(at / 28))
      const width = Math.max(...columns) - Math.min(...columns) + 1
      const height = Math.max(...rows) - Math.min(...rows) + 1
      expect(Math.max(width, height), `digit ${i}`).toBeLessThanOrEqual(20)
      expect(Math.max(width, height), `digit ${i}`).toBeGreaterThanOrEqual(14)
    }
  })

  it('puts the centre of mass within half a pixel of pixel 14, 14', () => {
    for (let i = 0; i < digits.size; i++) {
      const { x, y } = centreOfMass(digits.image(i))
      expect(Math.abs(x - 14), `digit ${i}`).toBeLessThanOrEqual(0.5)
      expect(Math.abs(y - 14), `digit ${i}`).toBeLessThanOrEqual(0.5)
    }
  })

  it('inks as much as a pen does: white strokes with soft edges on black', () => {
    const masses = Array.from({ length: digits.size }, (_, i) => centreOfMass(digits.image(i)).mass)
    expect(Math.min(...masses)).toBeGreaterThan(15)
    expect(Math.max(...masses)).toBeLessThan(280)
    for (let i = 0; i < digits.size; i++) expect(Math.max(...digits.image(i)), `digit ${i}`).toBeGreaterThan(200)
    const lit = digits.images.filter((byte) => byte > 0)
    const grey = lit.filter((byte) => byte < 250).length / lit.length
    expect(grey).toBeGreaterThan(0.5)
    expect(grey).toBeLessThan(0.75)
  })

  it('draws ones narrow, and thin digits as well as thick ones', () => {
    const mean = (digit: number) => {
      const own = [...digits.labels.keys()].filter((i) => digits.labels[i] === digit)
      return own.reduce((sum, i) => sum + centreOfMass(digits.image(i)).mass, 0) / own.length
    }
    expect(mean(1)).toBeLessThan(0.65 * mean(0))
    expect(mean(7)).toBeLessThan(mean(8))
  })

  it('refuses counts, seeds and options that make no sense', () => {
    expect(() => syntheticDigits({ count: 0 })).toThrow(ArgumentError)
    expect(() => syntheticDigits({ count: 0 })).toThrow(
      'syntheticDigits: expected count to be an integer from 1 to 2000000, received 0',
    )
    expect(() => syntheticDigits({ count: 2.5 })).toThrow('received 2.5')
    expect(() => syntheticDigits({ seed: -1 })).toThrow(
      'syntheticDigits: expected seed to be an integer of at least 0, received -1',
    )
    const misspelt = { sed: 1 } as object
    expect(() => syntheticDigits(misspelt)).toThrow(
      "syntheticDigits: expected only the options count, seed, received 'sed' — did you mean 'seed'?",
    )
  })
})

describe('digit forms', () => {
  it('have poses of the same strokes, points and corners', () => {
    const forms = digitForms()
    expect(forms.length).toBe(10)
    for (const [digit, ways] of forms.entries()) {
      for (const [w, { weight, poses }] of ways.entries()) {
        expect(weight).toBeGreaterThan(0)
        const corners = poses.map((strokes) => strokes.map((stroke) => stroke.corner))
        for (const other of corners) expect(other, `digit ${digit}, form ${w}`).toEqual(corners[0])
        const numbers = poses.flat().flatMap(({ x, y }) => [...x, ...y])
        expect(numbers.every((number) => number > -0.2 && number < 1.3)).toBe(true)
      }
    }
  })
})

describe('drawPath', () => {
  const side = 10
  const draw = (points: readonly (readonly [x: number, y: number, radius: number])[], ramp = 1) => {
    const path = new PenPath(points.length)
    for (const [i, [x, y, radius]] of points.entries()) {
      path.radius[i] = radius
      path.add(x, y, i === 0)
    }
    const out = new Float64Array(side * side)
    drawPath(path, ramp, { side, begin: 1, end: 9 }, out)
    return out
  }

  it('lights pixels by their distance to the stroke', () => {
    const out = draw([
      [3, 5, 1],
      [7, 5, 1],
    ])
    // Column 5 has its centre at 5.5; the stroke covers y from 4 to 6, so rows 4 and 5 (distance 0.5) are full.
    expect([2, 3, 4, 5, 6, 7].map((row) => out[row * side + 5])).toEqual([0, 0, 1, 1, 0, 0])
    const soft = draw(
      [
        [3, 5, 1],
        [7, 5, 1],
      ],
      2,
    )
    expect([2, 3, 4, 5, 6, 7].map((row) => soft[row * side + 5])).toEqual([0, 0.25, 0.75, 0.75, 0.25, 0])
  })

  it('widens from one radius to the other, and rounds the ends', () => {
    const out = draw([
      [2.5, 5.5, 0.5],
      [6.5, 5.5, 2.5],
    ])
    expect(out[5 * side + 2]).toBe(1)
    expect(out[3 * side + 2]).toBe(0)
    expect(out[3 * side + 6]).toBe(1)
    // Beyond the end: 1.5 pixels are inside the last disc, 2.5 on its edge.
    expect(out[5 * side + 8]).toBe(1)
  })

  it('stays in its window and joins nothing across strokes', () => {
    const wide = draw([
      [0, 5, 3],
      [10, 5, 3],
    ])
    for (let i = 0; i < side; i++) {
      expect([wide[i * side], wide[i * side + 9], wide[i], wide[9 * side + i]]).toEqual([0, 0, 0, 0])
    }
    const path = new PenPath(4)
    for (const [x, y, start] of [
      [2, 2, true],
      [2, 4, false],
      [8, 6, true],
      [8, 8, false],
    ] as const) {
      path.radius[path.size] = 0.5
      path.add(x, y, start)
    }
    const out = new Float64Array(side * side)
    drawPath(path, 1, { side, begin: 0, end: side }, out)
    expect(out[5 * side + 5]).toBe(0)
    expect(out[2 * side + 2]! > 0 && out[7 * side + 7]! > 0).toBe(true)
  })
})
