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

/** Lines that fit into `columns`: the matrix, or where it is too wide what is taken for what. */
function confusionLines(
  counts: readonly (readonly number[])[],
  names: readonly string[] | undefined,
  columns: number,
): string[] {
  const label = (i: number): string => (names === undefined ? String(i) : `${i} ${names[i]}`)
  const shares = counts.map((row, i) => {
    const all = row.reduce((sum, n) => sum + n, 0)
    return all === 0 ? '-' : (row[i]! / all).toFixed(4)
  })
  const header = ['', ...counts.map((_, n) => String(n)), 'accuracy']
  const rows = counts.map((row, i) => [label(i), ...row.map(String), shares[i]!])
  const lines = tableLines([header, ...rows], '  ').map((line) => `  ${line}`)
  const title =
    names === undefined ? 'row: true digit, column: what it was read as' : 'row: true class, column: taken for'
  if (lines.every((line) => line.length <= columns)) return [`Confusion matrix (${title})`, ...lines]
  const accuracies = tableLines(counts.map((_, i) => [label(i), shares[i]!])).map((line) => `  ${line}`)
  const mistakes = counts
    .flatMap((row, i) => row.map((count, j) => ({ count, i, j })))
    .filter(({ count, i, j }) => count > 0 && i !== j)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_MISTAKES)
    .map(({ count, i, j }) => `  ${names?.[i] ?? i} taken for ${names?.[j] ?? j}: ${grouped(count)}`)
  return [
    'Accuracy of each class',
    ...accuracies,
    ...(mistakes.length === 0 ? [] : ['', 'Most frequent mistakes', ...mistakes]),
  ]
}

/** Mistakes that are named where the whole matrix is too wide. */
const MOST_MISTAKES = 10

/**
 * What a model comes to on a set of images: accuracy, loss and the confusion matrix.
 * @param names of the classes; undefined for digits
 */
export function resultLines(
  counts: readonly (readonly number[])[],
  loss: number,
  names?: readonly string[],
  columns = Number.POSITIVE_INFINITY,
): string[] {
  let correct = 0
  let all = 0
  counts.forEach((row, label) => {
    correct += row[label]!
    for (const n of row) all += n
  })
  const accuracy = `Test accuracy ${(correct / all).toFixed(4)}: ${grouped(correct)} of ${grouped(all)} right`
  return [`${accuracy}; loss ${loss.toFixed(4)}`, '', ...confusionLines(counts, names, columns)]
}
