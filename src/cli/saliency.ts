/**
 * What a model looks at: how much each pixel counts for the answer, as a picture. SmoothGrad (Smilkov et al., 2017): the
 * gradient of the class's logarithmic probability by the pixels, averaged over copies of the picture with noise.
 */

import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { grad } from '../autograd.ts'
import type { ImageDataset } from '../data/dataset.ts'
import { resample } from '../data/resample.ts'
import { InputOutputError, show } from '../errors.ts'
import type { LayersModel } from '../model/model.ts'
import { add } from '../ops/arithmetic.ts'
import { randomNormal } from '../ops/random.ts'
import { slice } from '../ops/slices.ts'
import { sum } from '../ops/sum.ts'
import { log } from '../ops/unary.ts'
import { type Tensor, tidy } from '../tensor.ts'

const COPIES = 16
/** Of the range from black to white. */
const NOISE = 0.1
/** Below it a probability has no logarithm that float32 could tell from others. */
const LEAST = 1e-12
/** The share of the pixels that are drawn at full strength. */
const BRIGHTEST = 0.01
/** Small pictures are enlarged to about this. */
const SHOWN_SIDE = 256

/** How much each pixel counts, [height, width] from 0 to 1. */
export function saliency(model: LayersModel, image: ImageDataset, label: number): Float32Array {
  const [height = 0, width = 0, channels = 1] = image.inputShape
  const logProbability = (x: Tensor): Tensor => {
    const outputs = model.apply(x) as Tensor
    return sum(log(add(slice(outputs, [0, label], [1, 1]), LEAST)))
  }
  const sums = new Float32Array(height * width)
  for (let copy = 0; copy < COPIES; copy++) {
    tidy(() => {
      const { xs } = image.tensors()
      const slopes = grad(logProbability)(
        add(xs, randomNormal([1, height, width, channels], 0, NOISE, 'float32', copy + 1)),
      )
      slopes.dataSync().forEach((slope, i) => {
        sums[Math.floor(i / channels)]! += Math.abs(slope)
      })
    })
  }
  const sorted = Float32Array.from(sums).sort()
  const most = sorted[Math.floor((1 - BRIGHTEST) * (sorted.length - 1))]! || 1
  // Squared, since faint slopes are everywhere.
  return sums.map((value) => Math.min(1, value / most) ** 2)
}

/** Writes a PNG: the picture, and beside it the picture in grey with what counts in orange. */
export async function saliencyPng(model: LayersModel, image: ImageDataset, label: number, file: string): Promise<void> {
  const [height = 0, width = 0, channels = 1] = image.inputShape
  const counts = saliency(model, image, label)
  const pixels = image.image(0)
  const at = (i: number, channel: number): number => pixels[i * channels + (channels === 1 ? 0 : channel)]!
  const [plain, marked] = [new Uint8Array(4 * height * width).fill(255), new Uint8Array(4 * height * width).fill(255)]
  for (let i = 0; i < height * width; i++) {
    const grey = 0.299 * at(i, 0) + 0.587 * at(i, 1) + 0.114 * at(i, 2)
    ORANGE.forEach((colour, channel) => {
      plain[4 * i + channel] = at(i, channel)
      marked[4 * i + channel] = Math.round(0.6 * grey + counts[i]! * (colour - 0.6 * grey))
    })
  }
  const scale = Math.max(1, Math.round(SHOWN_SIDE / Math.max(height, width)))
  const size = { width: width * scale, height: height * scale, channels: 3, fit: 'fill' } as const
  const halves = [plain, marked].map((data) => resample({ width, height, data }, size))
  const data = new Uint8ClampedArray(8 * size.width * size.height).fill(255)
  halves.forEach((half, n) => {
    for (let row = 0; row < size.height; row++) {
      for (let column = 0; column < size.width; column++) {
        const to = 4 * (row * 2 * size.width + n * size.width + column)
        data.set(half.subarray(3 * (row * size.width + column), 3 * (row * size.width + column) + 3), to)
      }
    }
  })
  const png = await pngOf({ data, width: 2 * size.width, height: size.height })
  await writeFile(file, png).catch((cause: NodeJS.ErrnoException) => {
    const received = `${show(file)} (${cause.code})`
    throw new InputOutputError(
      { who: 'predict', expected: '--saliency to be a file that can be written', received },
      { cause },
    )
  })
}

const ORANGE = [255, 140, 20] as const

async function pngOf(image: Pick<ImageData, 'data' | 'width' | 'height'>): Promise<Uint8Array> {
  const { default: encode, init } = await import('@jsquash/png/encode.js')
  const path = createRequire(import.meta.url).resolve('@jsquash/png/codec/pkg/squoosh_png_bg.wasm')
  await init(await WebAssembly.compile(await readFile(path)))
  return new Uint8Array(await encode(image as ImageData))
}
