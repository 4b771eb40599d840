/** Pictures brought to a size: against TF.js where nothing is reduced, against sums over areas in float64 where it is. */

import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { type PictureForm, type Pixels, resample } from '../../src/data/resample.ts'
import { Random } from '../../src/random.ts'
import '@tensorflow/tfjs-backend-cpu'

function noise(width: number, height: number, opaque = true): Pixels {
  const random = new Random(width * 1000 + height)
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) =>
    i % 4 === 3 && opaque ? 255 : random.nextBelow(256),
  )
  return { width, height, data }
}

const form = (width: number, height: number, fit: PictureForm['fit'] = 'fill'): PictureForm => ({
  ...{ width, height, channels: 3, fit },
})

/** The triangle filter in two dimensions at once, over white where a pixel is transparent. */
function reference({ width, height, data }: Pixels, across: number, down: number): number[] {
  const [sx, sy] = [width / across, height / down]
  const weight = (pixel: number, i: number, scale: number): number =>
    Math.max(0, 1 - Math.abs(pixel + 0.5 - (i + 0.5) * scale) / Math.max(1, scale))
  const out: number[] = []
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const sums = [0, 0, 0, 0]
      for (let y = 0; y < height; y++) {
        const wy = weight(y, row, sy)
        if (wy === 0) continue
        for (let x = 0; x < width; x++) {
          const w = wy * weight(x, column, sx)
          const at = 4 * (y * width + x)
          const alpha = data[at + 3]! / 255
          for (let c = 0; c < 3; c++) sums[c]! += w * (data[at + c]! * alpha + 255 * (1 - alpha))
          sums[3]! += w
        }
      }
      for (let c = 0; c < 3; c++) out.push(sums[c]! / sums[3]!)
    }
  }
  return out
}

function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, within: number): void {
  expect(actual.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i]! - expected[i]!), `at ${i}`).toBeLessThanOrEqual(within)
}

describe('resample', () => {
  it('enlarges as resizeBilinear with half-pixel centers does', async () => {
    await tf.setBackend('cpu')
    const picture = noise(5, 7)
    const rgb = tf.tensor4d(
      [...picture.data].filter((_, i) => i % 4 !== 3),
      [1, 7, 5, 3],
    )
    const expected = tf.image.resizeBilinear(rgb, [16, 12], false, true).dataSync()
    expectNear(resample(picture, form(12, 16)), expected, 0.501)
  })

  it.each([
    [64, 48, 8, 6],
    [61, 47, 7, 9],
    [100, 3, 9, 5],
    [17, 19, 16, 18],
    [5, 5, 1, 1],
  ])('reduces %i × %i to %i × %i by weighing all that lies between', (width, height, across, down) => {
    for (const opaque of [true, false]) {
      const picture = noise(width, height, opaque)
      expectNear(resample(picture, form(across, down)), reference(picture, across, down), 0.501)
    }
  })

  it('leaves a picture of the very size as it is, and lays it over white', () => {
    const picture: Pixels = { width: 2, height: 1, data: Uint8Array.of(10, 20, 30, 255, 10, 20, 30, 0) }
    expect([...resample(picture, form(2, 1))]).toEqual([10, 20, 30, 255, 255, 255])
  })

  it('cuts the middle, or leaves white beside it', () => {
    // Red, green, green, blue: four pixels in a row.
    const data = Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255)
    const picture: Pixels = { width: 4, height: 1, data }
    expect([...resample(picture, form(1, 1, 'cover'))]).toEqual([0, 255, 0])
    const wide = resample(picture, form(4, 4, 'contain'))
    expect([...wide.subarray(0, 12)]).toEqual(new Array(12).fill(255))
    expect([...wide.subarray(12, 24)]).toEqual([255, 0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255])
    expect([...wide.subarray(24)]).toEqual(new Array(24).fill(255))
    const tall: Pixels = {
      width: 2,
      height: 6,
      data: Uint8Array.from({ length: 48 }, (_, i) => (i % 4 === 3 ? 255 : 40 * Math.floor(i / 8))),
    }
    expect([...resample(tall, form(2, 2, 'cover'))]).toEqual([80, 80, 80, 80, 80, 80, 120, 120, 120, 120, 120, 120])
  })

  it('turns a picture upright by its orientation', () => {
    // An upright picture, 3 wide and 2 high, by brightness.
    const upright = [
      [10, 20, 30],
      [40, 50, 60],
    ]
    // What a camera stores for each orientation, from the definition of the tag.
    const stored: Record<number, number[][]> = {
      1: upright,
      2: upright.map((row) => row.toReversed()),
      3: upright.toReversed().map((row) => row.toReversed()),
      4: upright.toReversed(),
      5: [0, 1, 2].map((i) => [upright[0]![i]!, upright[1]![i]!]),
      6: [2, 1, 0].map((i) => [upright[0]![i]!, upright[1]![i]!]),
      7: [2, 1, 0].map((i) => [upright[1]![i]!, upright[0]![i]!]),
      8: [0, 1, 2].map((i) => [upright[1]![i]!, upright[0]![i]!]),
    }
    for (const [orientation, rows] of Object.entries(stored)) {
      const data = Uint8Array.from(rows.flat().flatMap((value) => [value, value, value, 255]))
      const picture = { width: rows[0]!.length, height: rows.length, data }
      const gray: PictureForm = { width: 3, height: 2, channels: 1, fit: 'fill' }
      expect([...resample(picture, gray, Number(orientation))], orientation).toEqual(upright.flat())
    }
  })

  it('weighs colours as the eye does where there is one channel', () => {
    const picture: Pixels = { width: 3, height: 1, data: Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255) }
    expect([...resample(picture, { width: 3, height: 1, channels: 1, fit: 'fill' })]).toEqual([76, 150, 29])
  })
})
