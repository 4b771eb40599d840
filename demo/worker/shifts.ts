/** The lecture's claim, measured: how well networks read digits that were moved by some pixels. */

import type { data, LayersModel } from 'quadlane'
import { accuracyOf, type Progress } from './examiner.ts'

/** The accuracy of one network at shifts of 0, 1, 2, … pixels. */
export interface ShiftCurve {
  readonly network: string
  readonly accuracies: readonly number[]
}

export const FURTHEST = 4
const DIRECTIONS = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const
const RUNS = 1 + FURTHEST * DIRECTIONS.length

/** The mean of four directions for each shift. */
export async function shiftCurve(model: LayersModel, test: data.ImageDataset, progress: Progress): Promise<ShiftCurve> {
  let done = 0
  const measure = async (images: data.ImageDataset): Promise<number> => {
    const accuracy = await accuracyOf(model, images, (share) => progress((done + share) / RUNS))
    done++
    return accuracy
  }
  const accuracies = [await measure(test)]
  for (let shift = 1; shift <= FURTHEST; shift++) {
    let sum = 0
    for (const [dx, dy] of DIRECTIONS) sum += await measure(test.shifted(dx * shift, dy * shift))
    accuracies.push(sum / DIRECTIONS.length)
  }
  return { network: model.name, accuracies }
}
