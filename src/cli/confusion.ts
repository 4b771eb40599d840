/** The confusion matrix as a table, with how many of each class were read rightly. */

import type { ImageDataset } from '../data/dataset.ts'
import { confusionMatrix } from '../metrics/confusion-matrix.ts'
import type { LayersModel } from '../model/model.ts'
import { argMax } from '../ops/reduce.ts'
import { tidy } from '../tensor.ts'
import { tableLines } from '../text-table.ts'
import { grouped } from './output.ts'

/** How often each class was taken for each: row = true class, column = predicted class. */
export function confusionCounts(model: LayersModel, images: ImageDataset, batchSize: number): number[][] {
  return tidy(() => {
    const predicted = argMax(model.predict(images, { batchSize }), -1)
    return confusionMatrix(images.labels, predicted, images.classes).arraySync() as number[][]
  })
}

function confusionLines(counts: readonly (readonly number[])[]): string[] {
  const header = ['', ...counts.map((_, n) => String(n)), 'accuracy']
  const rows = counts.map((row, label) => {
    const all = row.reduce((sum, n) => sum + n, 0)
    return [String(label), ...row.map(String), all === 0 ? '-' : (row[label]! / all).toFixed(4)]
  })
  const lines = tableLines([header, ...rows], '  ')
  return ['Confusion matrix (row: true digit, column: what it was read as)', ...lines.map((line) => `  ${line}`)]
}

/** What a model comes to on a set of images: accuracy, loss and the confusion matrix. */
export function resultLines(counts: readonly (readonly number[])[], loss: number): string[] {
  let correct = 0
  let all = 0
  counts.forEach((row, label) => {
    correct += row[label]!
    for (const n of row) all += n
  })
  const accuracy = `Test accuracy ${(correct / all).toFixed(4)}: ${grouped(correct)} of ${grouped(all)} right`
  return [`${accuracy}; loss ${loss.toFixed(4)}`, '', ...confusionLines(counts)]
}
