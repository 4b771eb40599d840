/** Folders of pictures in a page. Node has no decoders of a browser's kind: there this is passed over. */

import { describe, expect, it } from 'vitest'
import { imageFolder, readPicture } from '../../src/data/image-folder.browser.ts'
import { resample } from '../../src/data/resample.ts'

const WIDTH = 24
const HEIGHT = 16

/** Red above, blue below. */
function paint(turned = false): OffscreenCanvas {
  const canvas = turned ? new OffscreenCanvas(HEIGHT, WIDTH) : new OffscreenCanvas(WIDTH, HEIGHT)
  const context = canvas.getContext('2d')!
  context.fillStyle = 'rgb(200 20 20)'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.fillStyle = 'rgb(20 20 200)'
  if (turned) context.fillRect(HEIGHT / 2, 0, HEIGHT / 2, WIDTH)
  else context.fillRect(0, HEIGHT / 2, WIDTH, HEIGHT / 2)
  return canvas
}

async function fileOf(canvas: OffscreenCanvas, type: string, name: string): Promise<File> {
  return new File([await canvas.convertToBlob({ type, quality: 0.95 })], name)
}

describe.skipIf(typeof createImageBitmap === 'undefined')('imageFolder in a page', () => {
  const form = { width: 8, height: 8, channels: 3, fit: 'cover' } as const

  it('reads PNG as Node does, JPEG nearly', async () => {
    const canvas = paint()
    const pixels = canvas.getContext('2d')!.getImageData(0, 0, WIDTH, HEIGHT)
    const expected = resample(pixels, form)
    expect(await readPicture(await fileOf(canvas, 'image/png', 'a.png'), { size: 8 })).toEqual(expected)
    const jpeg = await readPicture(await fileOf(canvas, 'image/jpeg', 'a.jpg'), { size: 8 })
    expect(Math.max(...jpeg.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(40)
  })

  it('turns a JPEG as its EXIF says', async () => {
    const bytes = new Uint8Array(await (await fileOf(paint(true), 'image/jpeg', 'a.jpg')).arrayBuffer())
    const exif = [0xff, 0xe1, 0, 34, ...new TextEncoder().encode('Exif\0\0')]
    const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
    const file = new Blob([bytes.subarray(0, 2), Uint8Array.from([...exif, ...tiff]), bytes.subarray(2)])
    const upright = await readPicture(file, { size: 8 })
    expect(upright[0]).toBeGreaterThan(150)
    expect(upright[3 * 7]).toBeGreaterThan(150)
    expect(upright[3 * 56]).toBeLessThan(60)
  })

  it('makes sets of files that were picked with their folder', async () => {
    const files = [
      await fileOf(paint(), 'image/png', 'photos/b/1.png'),
      await fileOf(paint(), 'image/png', 'photos/a/1.png'),
      await fileOf(paint(), 'image/png', 'photos/a/2.png'),
      new File(['woof'], 'photos/a/3.png'),
    ]
    const { training, validation, classNames, skipped } = await imageFolder(files, { size: 8 })
    expect(classNames).toEqual(['a', 'b'])
    expect([training.size, validation?.size]).toEqual([2, 1])
    expect(skipped).toEqual([{ file: 'photos/a/3.png', reason: 'no picture that this browser reads' }])
    const byClass = await imageFolder({ a: [files[1]!], b: [files[0]!] }, { size: 8 })
    expect(byClass.counts).toEqual([1, 1])
    await expect(imageFolder([files[0]!])).rejects.toThrow('expected a folder for each of at least two classes')
  })
})
