/** What a file's tensors become in a model: values of weights, and notes on what is otherwise than in the file. */

import type { FileTensor } from '../formats/elements.ts'
import type { DescribedWeight } from '../formats/model-description.ts'
import type { Weight } from '../layers/weight.ts'
import type { LayersModel } from './model.ts'
import { turnRows, weightsBehindFlatten } from './turn-weights.ts'

/** The values that weights get: rows behind a flatten in our order. */
export function valuesOf(
  model: LayersModel,
  pairs: Iterable<readonly [Weight, DescribedWeight | FileTensor]>,
  channelsFirst: boolean,
): [Weight, Float32Array][] {
  const behind = channelsFirst ? weightsBehindFlatten(model) : new Map<Weight, never>()
  return [...pairs].map(([weight, from]) => {
    const tensor = 'tensor' in from ? from.tensor : from
    const sizes = behind.get(weight)
    return [weight, (sizes === undefined ? tensor : turnRows(tensor, sizes)).values]
  })
}

export function setWeights(values: readonly (readonly [Weight, Float32Array])[]): void {
  for (const [weight, floats] of values) weight.set(floats)
}

/** Keeps the notes as `model.notes`, and says them once. */
export function takeNotes(model: LayersModel, file: string, notes: readonly string[]): void {
  model.notes = notes
  if (notes.length > 0) console.warn(`${file}: ${notes.join('; ')}`)
}
