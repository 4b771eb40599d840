/** What a file's tensors become in a model: values of weights, and notes on what is otherwise than in the file. */

import { FormatError } from '../errors.ts'
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

/**
 * What a model cannot compute with is not taken without a word.
 * @throws FormatError where it is strict about the file
 */
export function checkFinite(
  file: string,
  values: readonly (readonly [Weight, Float32Array])[],
  strict: boolean,
  notes: string[],
): void {
  for (const [{ name }, floats] of values) {
    const at = floats.findIndex((value) => !Number.isFinite(value))
    if (at === -1) continue
    const received = `${floats[at]} at index ${at}`
    if (!strict) notes.push(`${name} has ${received}`)
    else {
      const hint = 'the run that wrote it had diverged; { strict: false } loads it all the same'
      throw new FormatError({ who: `${file}, ${name}`, expected: 'finite weights', received, hint })
    }
  }
}

export function setWeights(values: readonly (readonly [Weight, Float32Array])[]): void {
  for (const [weight, floats] of values) weight.set(floats)
}

/** Keeps the notes as `model.notes`, and says them once. */
export function takeNotes(model: LayersModel, file: string, notes: readonly string[]): void {
  model.notes = notes
  if (notes.length > 0) console.warn(`${file}: ${notes.join('; ')}`)
}
