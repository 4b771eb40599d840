/** What models that are read from files take and give, as far as this page can use them: pictures, and answers. */

import { type LayersModel, layers, model as makeModel, randomUniform, type Tensor, tidy } from 'quadlane'

/** The pictures that a model takes. */
export interface ImageShape {
  readonly height: number
  readonly width: number
  /** 1 for grey, 3 for colours. */
  readonly channels: number
}

/** How a pixel becomes a number: 0 to 1, −1 to 1, or 0 to 255. */
export type Range = 'unit' | 'signed' | 'byte'

/** The side of pictures where a model takes any. */
const ANY_SIDE = 128
const LARGEST_SIDE = 512
const DIGIT: ImageShape = { height: 28, width: 28, channels: 1 }

/** @throws Error where the input is no picture */
export function imageShapeOf(model: LayersModel): ImageShape {
  const [shape] = model.inputs.map((input) => input.shape.slice(1))
  const found = model.inputs.length === 1 && shape !== undefined ? asImage(shape) : undefined
  if (found !== undefined && found.height <= LARGEST_SIDE && found.width <= LARGEST_SIDE) return found
  const received = model.inputs.map((input) => `[${input.shape.slice(1).map((size) => size ?? 'any')}]`).join(' and ')
  throw new Error(
    `${model.name} was read, but takes ${received}: here a model is shown pictures, [height, width, 1 or 3] of at most ${LARGEST_SIDE}×${LARGEST_SIDE}.`,
  )
}

function asImage(shape: readonly (number | null)[]): ImageShape | undefined {
  if (shape.length === 1 && shape[0] === DIGIT.height * DIGIT.width) return DIGIT
  const [height = 0, width = 0, channels = 1] = shape
  if (shape.length < 2 || shape.length > 3 || (channels !== 1 && channels !== 3)) return undefined
  // A row or a column of numbers is no picture.
  if (height === 1 || width === 1) return undefined
  return { height: height ?? ANY_SIDE, width: width ?? ANY_SIDE, channels }
}

/** Whether it reads the digits that this page trains with. */
export function readsDigits(model: LayersModel): boolean {
  const { height, width, channels } = imageShapeOf(model)
  const isDigit = height === DIGIT.height && width === DIGIT.width && channels === DIGIT.channels
  return isDigit && model.outputs.length === 1 && `${model.outputs[0]!.shape.slice(1)}` === '10'
}

/** Models that bring their pixels into shape themselves take bytes; MobileNet and its kin numbers from −1 to 1. */
export function rangeOf(model: LayersModel): Range {
  const first = model.layers.slice(0, 4).map((layer) => layer.className)
  if (first.includes('Rescaling') || first.includes('Normalization')) return 'byte'
  return imageShapeOf(model).channels === 3 ? 'signed' : 'unit'
}

/** The same model with a softmax behind it where its ten answers are bare sums, as PyTorch's usually are. */
export function withProbabilities(model: LayersModel): LayersModel {
  const answers = tidy(() => {
    const { height, width, channels } = imageShapeOf(model)
    const noise = randomUniform([1, height * width * channels], 0, 1, 'float32', 1)
    const input = noise.reshape([1, ...model.inputs[0]!.shape.slice(1).map((size) => size ?? 1)])
    return Array.from((model.apply(input) as Tensor).dataSync())
  })
  if (answers.every((value) => value >= 0 && value <= 1)) return model
  const outputs = layers.softmax({ name: 'probabilities' }).apply(model.outputs[0]!)
  return makeModel({ inputs: model.inputs, outputs: outputs as never, name: model.name })
}
