/** What a network makes of labelled images: its probabilities, and the figures that follow from them. */

import type { data, LayersModel } from 'quadlane'
import { CLASSES, guessOf } from './guess.ts'

/** The probabilities of the classes, `images.size` rows of ten. */
export function probabilitiesOf(model: LayersModel, images: data.ImageDataset): Float32Array {
  // As numbers alone: models from files may want the same pixels in a row.
  const pixels = images.inputShape.reduce((product, size) => product * size, 1)
  const x = new Float32Array(images.size * pixels)
  images.fillInputs(
    Uint32Array.from({ length: images.size }, (_, i) => i),
    x,
  )
  const output = model.predict(x, { batchSize: 100 })
  const values = Float32Array.from(output.dataSync())
  output.dispose()
  return values
}

export interface Score {
  /** The mean cross-entropy. */
  readonly loss: number
  readonly accuracy: number
  /** One class per image. */
  readonly guesses: Uint8Array
}

/** Probabilities are kept from 0, as Keras does, lest one image make the mean infinite. */
const SMALLEST = 1e-7

export function score(probabilities: Float32Array, labels: Uint8Array): Score {
  const guesses = Uint8Array.from(labels, (_, i) => guessOf(probabilities, i))
  let loss = 0
  let right = 0
  labels.forEach((label, i) => {
    loss -= Math.log(Math.max(SMALLEST, probabilities[i * CLASSES + label]!))
    if (guesses[i] === label) right++
  })
  return { loss: loss / labels.length, accuracy: right / labels.length, guesses }
}
