/** Pixels of what a page shows: each kind of source gives what it gives to TF.js. */

import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { fromPixels, fromPixelsAsync, toPixels } from '../../src/api/browser.ts'
import { init } from '../../src/init.ts'
import type { PixelSource } from '../../src/platform/pixels.ts'
import '../helpers/tfjs.ts'

beforeAll(() => init())

const [WIDTH, HEIGHT] = [7, 5]

function painted<C extends HTMLCanvasElement | OffscreenCanvas>(canvas: C): C {
  Object.assign(canvas, { width: WIDTH, height: HEIGHT })
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  context.fillStyle = 'rgb(200, 100, 50)'
  context.fillRect(0, 0, WIDTH, HEIGHT)
  context.fillStyle = 'rgb(1, 2, 3)'
  context.fillRect(2, 1, 3, 2)
  return canvas
}

const canvas = (): HTMLCanvasElement => painted(document.createElement('canvas'))

async function image(): Promise<HTMLImageElement> {
  const element = new Image()
  element.src = canvas().toDataURL()
  await element.decode()
  return element
}

async function video(): Promise<HTMLVideoElement> {
  const source = canvas()
  const element = document.createElement('video')
  element.muted = true
  element.srcObject = source.captureStream()
  await element.play()
  return element
}

/** A canvas of WebGL that is all blue. */
function webgl(): HTMLCanvasElement {
  const element = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT })
  const gl = element.getContext('webgl', { preserveDrawingBuffer: true })
  gl?.clearColor(0, 0, 1, 1)
  gl?.clear(gl.COLOR_BUFFER_BIT)
  return element
}

const SOURCES: Record<string, () => PixelSource | Promise<PixelSource>> = {
  'a canvas': canvas,
  'an OffscreenCanvas': () => painted(new OffscreenCanvas(1, 1)),
  'an ImageData': () => canvas().getContext('2d')!.getImageData(0, 0, WIDTH, HEIGHT),
  'an ImageBitmap': () => createImageBitmap(canvas()),
  'an image': image,
  'a video': video,
}

describe('browser.fromPixels', () => {
  it.each(Object.entries(SOURCES))('reads %s', async (name, make) => {
    const source = await make()
    for (const channels of [1, 3, 4]) {
      const ours = fromPixels(source, channels)
      expect(ours.shape).toEqual([HEIGHT, WIDTH, channels])
      const theirs = tf.browser.fromPixels(source as HTMLCanvasElement, channels)
      expect(ours.dataSync<'int32'>()).toEqual(theirs.dataSync())
      // A video has been through a codec.
      if (name !== 'a video')
        expect([...ours.dataSync().slice(0, channels)]).toEqual([200, 100, 50, 255].slice(0, channels))
    }
  })

  it('reads a canvas that has no 2D context', () => {
    const found = fromPixels(webgl()).dataSync()
    expect(found).toHaveLength(WIDTH * HEIGHT * 3)
    // Where there is no WebGL either, the canvas is empty.
    expect([...found.slice(0, 2)]).toEqual([0, 0])
  })

  it('waits for an image where it is asked to', async () => {
    const element = new Image()
    element.src = canvas().toDataURL()
    expect((await fromPixelsAsync(element)).shape).toEqual([HEIGHT, WIDTH, 3])
  })

  it('refuses an image and a video that have not come yet', () => {
    const element = new Image()
    element.src = '/nothing.png?'
    expect(() => fromPixels(element)).toThrow(
      'browser.fromPixels: expected an image that has been loaded, received one that has not — use browser.fromPixelsAsync',
    )
    expect(() => fromPixels(document.createElement('video'))).toThrow(
      "browser.fromPixels: expected a video that has a frame, received one without — wait for its event 'loadeddata'",
    )
  })

  it('says what is missing where the pixels are of another origin', () => {
    const tainted = canvas()
    tainted.getContext('2d')!.getImageData = () => {
      throw new DOMException('The canvas has been tainted by cross-origin data.', 'SecurityError')
    }
    expect(() => fromPixels(tainted)).toThrow(
      "browser.fromPixels: expected pixels of this origin, received those of another — it needs CORS headers, and crossOrigin = 'anonymous' before its src",
    )
  })
})

describe('browser.toPixels', () => {
  it.each([
    ['a canvas', () => document.createElement('canvas')],
    ['an OffscreenCanvas', () => new OffscreenCanvas(1, 1)],
  ])('draws on %s, which takes the size', async (_, make) => {
    const tensor = fromPixels(canvas())
    const target = make()
    const bytes = await toPixels(tensor, target)
    expect([target.width, target.height]).toEqual([WIDTH, HEIGHT])
    expect(fromPixels(target).dataSync()).toEqual(tensor.dataSync())
    expect(bytes).toHaveLength(WIDTH * HEIGHT * 4)
  })
})
