/** Pixels as bytes, in every engine; what only a page has is tested in test/browser. */

import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { fromPixels, fromPixelsAsync, toPixels } from '../../src/api/browser.ts'
import { init } from '../../src/init.ts'
import { ones, tensor, zeros } from '../../src/ops/create.ts'
import { memory } from '../../src/tensor.ts'
import { uniform } from '../helpers/random.ts'
import '../helpers/tfjs.ts'

beforeAll(() => init())

const PIXELS = { width: 5, height: 3, data: Uint8Array.from({ length: 60 }, (_, i) => (i * 37) % 256) }

describe('browser.fromPixels', () => {
  it.each([1, 2, 3, 4])('takes %i channels of bytes, as TF.js does', async (channels) => {
    const ours = fromPixels(PIXELS, channels)
    const theirs = tf.browser.fromPixels(PIXELS, channels)
    expect(ours.shape).toEqual([3, 5, channels])
    expect(ours.dtype).toBe('int32')
    expect(ours.dataSync<'int32'>()).toEqual(theirs.dataSync())
    const clamped = { ...PIXELS, data: Uint8ClampedArray.from(PIXELS.data) }
    expect((await fromPixelsAsync(clamped, channels)).dataSync()).toEqual(ours.dataSync())
  })

  it('takes no size that a canvas makes up', () => {
    const canvas = (pixels: unknown): never =>
      ({ width: 2, height: 2, getContext: () => ({ getImageData: () => pixels }) }) as never
    const data = new Uint8ClampedArray(16)
    expect(() => fromPixels(canvas({ data }))).toThrow(
      'browser.fromPixels: expected width to be an integer of at least 1, received undefined',
    )
    for (const pixels of [
      { data, width: 2 },
      { data, width: 2.5, height: 1.6 },
      { data, width: Number.NaN, height: 2 },
    ]) {
      expect(() => fromPixels(canvas(pixels))).toThrow('browser.fromPixels: expected')
      expect(() => fromPixels(pixels as never)).toThrow('browser.fromPixels: expected')
    }
    expect(Number.isInteger(memory().numBytes)).toBe(true)
    const pixels = fromPixels(canvas({ data, width: 2, height: 2 }), null as never)
    expect(pixels.shape).toEqual([2, 2, 3])
    pixels.dispose()
  })

  const kinds = 'an image, a video, a canvas, an ImageBitmap, an ImageData or { data, width, height }'
  const REFUSED: [what: string, call: () => unknown, text: string][] = [
    ['nothing', () => fromPixels(null as never), `browser.fromPixels: expected ${kinds}, received null`],
    ['a text', () => fromPixels('a.png' as never), `browser.fromPixels: expected ${kinds}, received 'a.png'`],
    ['an object', () => fromPixels({ src: 'a.png' } as never), `browser.fromPixels: expected ${kinds}, received {src}`],
    [
      'five channels',
      () => fromPixels(PIXELS, 5),
      'browser.fromPixels: expected numChannels to be an integer from 1 to 4, received 5',
    ],
    [
      'floats',
      () => fromPixels({ ...PIXELS, data: new Float32Array(60) } as never),
      'browser.fromPixels: expected 5 × 3 × 4 bytes (RGBA), received Float32Array(60)',
    ],
    [
      'too few bytes',
      () => fromPixels({ ...PIXELS, width: 6 }),
      'browser.fromPixels: expected 6 × 3 × 4 bytes (RGBA), received Uint8Array(60)',
    ],
    [
      'no pixels',
      () => fromPixels({ width: 0, height: 4 }),
      `browser.fromPixels: expected ${kinds}, received {width, height}`,
    ],
  ]

  it.each(REFUSED)('refuses %s', (_, call, message) => {
    expect(call).toThrow(expect.objectContaining({ name: 'ArgumentError', message }))
  })

  it('rejects where it is asynchronous', async () => {
    await expect(fromPixelsAsync(null as never)).rejects.toThrow('received null')
  })
})

describe('browser.toPixels', () => {
  it.each([1, 3, 4])('gives the bytes of %i channels, as TF.js does', async (channels) => {
    const shape = [3, 5, channels] as [number, number, number]
    const size = shape.reduce((product, n) => product * n, 1)
    const floats = uniform(size, 3, 0, 1)
    floats.set([0, 1, 0.5, 1 / 255, 0.5 / 255])
    const theirs = await tf.browser.toPixels(tf.tensor(floats, shape) as tf.Tensor3D)
    expect(await toPixels(tensor(floats, shape))).toEqual(theirs)
    const integers = Int32Array.from(floats, (value) => Math.round(value * 255))
    const same = await tf.browser.toPixels(tf.tensor(integers, shape, 'int32') as tf.Tensor3D)
    expect(await toPixels(tensor(integers, shape, 'int32'))).toEqual(same)
  })

  it('takes arrays as bytes, and leaves nothing behind', async () => {
    const before = memory().numDataBuffers
    expect([...(await toPixels([[0, 128, 255]]))]).toEqual([0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255])
    expect(memory().numDataBuffers).toBe(before)
  })

  it('gives back what fromPixels was given', async () => {
    expect(await toPixels(fromPixels(PIXELS, 4))).toEqual(Uint8ClampedArray.from(PIXELS.data))
  })

  const REFUSED: [what: string, image: () => unknown, name: string, text: string][] = [
    ['a vector', () => ones([3]), 'ShapeError', '[height, width] or [height, width, 1, 3 or 4], received [3]'],
    [
      'two channels',
      () => ones([3, 3, 2]),
      'ShapeError',
      '[height, width] or [height, width, 1, 3 or 4], received [3, 3, 2]',
    ],
    ['no pixels', () => zeros([0, 3]), 'ShapeError', '[height, width] or [height, width, 1, 3 or 4], received [0, 3]'],
    ['booleans', () => tensor([[true]]), 'ArgumentError', 'float32 or int32, received bool'],
    ['too much', () => tensor([[1.5]]), 'ArgumentError', 'float32 values from 0 to 1, received 1.5'],
    ['NaN', () => tensor([[Number.NaN]]), 'ArgumentError', 'float32 values from 0 to 1, received NaN'],
    ['an integer above 255', () => [[256]], 'ArgumentError', 'int32 values from 0 to 255, received 256'],
  ]

  it.each(REFUSED)('refuses %s', async (_, image, name, text) => {
    const message = `browser.toPixels: expected ${text}`
    await expect(toPixels(image() as never)).rejects.toMatchObject({ name, message })
  })

  it('refuses what is no canvas', async () => {
    const message = 'browser.toPixels: expected a canvas with a 2D context, received {}'
    await expect(toPixels([[1]], {} as never)).rejects.toMatchObject({ name: 'ArgumentError', message })
    const webgl = { width: 1, height: 1, getContext: () => null }
    await expect(toPixels([[1]], webgl)).rejects.toMatchObject({
      message: 'browser.toPixels: expected a canvas with a 2D context, received {width, height, getContext}',
    })
  })
})
