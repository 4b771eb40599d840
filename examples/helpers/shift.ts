/** The shift experiment: how well a trained model reads digits that were moved by some pixels. */

import type { data, Sequential, Tensor } from '../../src/index.node.ts'

/** The accuracy of one model at shifts of 0, 1, 2, … pixels. */
export interface ShiftCurve {
  readonly model: string
  readonly accuracies: readonly number[]
}

const DIRECTIONS = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const

/** The mean of four directions for each shift from 0 to `furthest`. The model is compiled with accuracy as its metric. */
export function shiftCurve(model: Sequential, test: data.ImageDataset, furthest: number): ShiftCurve {
  const accuracies = [accuracyOf(model, test)]
  for (let shift = 1; shift <= furthest; shift++) {
    const each = DIRECTIONS.map(([dx, dy]) => accuracyOf(model, test.shifted(dx * shift, dy * shift)))
    accuracies.push(each.reduce((sum, accuracy) => sum + accuracy, 0) / each.length)
  }
  return { model: model.name, accuracies }
}

function accuracyOf(model: Sequential, images: data.ImageDataset): number {
  const figures = model.evaluate(images, { batchSize: 100 }) as [loss: Tensor, accuracy: Tensor]
  const accuracy = figures[1].dataSync()[0]!
  for (const figure of figures) figure.dispose()
  return accuracy
}
