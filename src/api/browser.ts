/** The namespace `browser`: pixels to tensors and back. */

import { ArgumentError, checkInteger, ShapeError, showShape } from '../errors.ts'
import { type CanvasLike, drawPixels, type PixelData, type PixelSource, readPixels } from '../platform/pixels.ts'
import { fromValues, makeTensor, Tensor, type TensorLike } from '../tensor.ts'

export type { CanvasLike, Drawable, PixelData, PixelSource } from '../platform/pixels.ts'
export { draw } from './absent.ts'

/**
 * The pixels of an image, a video, a canvas, an ImageBitmap, an ImageData or `{ data, width, height }`, as int32
 * [height, width, numChannels] in 0 … 255. Divide by 255 for what models want.
 * @param pixels what has them; where it is an image, it must be loaded
 * @param numChannels 1 takes red, 3 (the default) red, green and blue, 4 also alpha
 * @throws ArgumentError for what has no pixels, not yet, or none that the page may read
 * @example
 * const dot = { data: Uint8Array.of(255, 128, 0, 255), width: 1, height: 1 }
 * browser.fromPixels(dot).print() // [[[255, 128, 0]]]
 */
export function fromPixels(pixels: PixelSource, numChannels?: number): Tensor {
  const who = 'browser.fromPixels'
  numChannels ??= 3
  checkInteger(who, 'numChannels', numChannels, 1, 4)
  return toTensor(who, readPixels(who, pixels), numChannels)
}

/**
 * As `fromPixels`, and waits for an image that is still being loaded.
 * @param pixels what has them
 * @param numChannels default 3
 * @example
 * const dot = { data: Uint8Array.of(255, 128, 0, 255), width: 1, height: 1 }
 * console.log((await browser.fromPixelsAsync(dot, 1)).shape) // [ 1, 1, 1 ]
 */
export async function fromPixelsAsync(pixels: PixelSource, numChannels?: number): Promise<Tensor> {
  const { decode } = (pixels ?? {}) as { decode?: () => Promise<void> }
  if (typeof decode === 'function') await decode.call(pixels)
  return fromPixels(pixels, numChannels)
}

function toTensor(who: string, { data, width, height }: PixelData, channels: number): Tensor {
  const values = new Int32Array(width * height * channels)
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < channels; channel++) values[pixel * channels + channel] = data[pixel * 4 + channel]!
  }
  return fromValues(who, values, [height, width, channels], 'int32')
}

/**
 * A tensor [height, width] or [height, width, 1, 3 or 4] as RGBA bytes, drawn on a canvas where one is given, which
 * takes its size. float32 values go from 0 to 1, int32 ones (and those of arrays) from 0 to 255.
 * @param image a tensor, or values for one
 * @param canvas default: nothing is drawn
 * @returns [height · width · 4] bytes
 * @throws ShapeError, ArgumentError for another shape, dtype or a value out of its range, NaN included
 * @example
 * console.log(await browser.toPixels(tensor([[0, 1]])))
 * // Uint8ClampedArray(8) [ 0,   0,   0, 255, 255, 255, 255, 255 ]
 */
export async function toPixels(image: TensorLike, canvas?: CanvasLike): Promise<Uint8ClampedArray> {
  const who = 'browser.toPixels'
  const tensor = image instanceof Tensor ? image : makeTensor(who, image, undefined, 'int32')
  try {
    const bytes = toBytes(who, tensor)
    if (canvas !== undefined && canvas !== null) drawPixels(who, canvas, bytes, tensor.shape[1]!)
    return bytes
  } finally {
    if (tensor !== image) tensor.dispose()
  }
}

function toBytes(who: string, tensor: Tensor): Uint8ClampedArray {
  const { shape, dtype } = tensor
  const [height = 0, width = 0, channels = 1] = shape
  if (shape.length < 2 || shape.length > 3 || ![1, 3, 4].includes(channels) || tensor.size === 0) {
    const expected = '[height, width] or [height, width, 1, 3 or 4]'
    throw new ShapeError({ who, expected, received: showShape(shape) })
  }
  if (dtype === 'bool') throw new ArgumentError({ who, expected: 'float32 or int32', received: dtype })
  const most = dtype === 'float32' ? 1 : 255
  const view = tensor.view(who)
  const bytes = new Uint8ClampedArray(height * width * 4).fill(255)
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let channel = 0; channel < Math.max(3, channels); channel++) {
      const value = view[pixel * channels + (channels === 1 ? 0 : channel)]!
      if (!(value >= 0 && value <= most)) {
        throw new ArgumentError({ who, expected: `${dtype} values from 0 to ${most}`, received: `${value}` })
      }
      bytes[pixel * 4 + channel] = Math.round((value * 255) / most)
    }
  }
  return bytes
}
