/**
 * Pooling: the largest value (or the mean) of each window. Space shrinks, depth stays. Run: npx tsx examples/pooling.ts
 *
 * Where quadlane is installed as a package, import from 'quadlane' rather than from its sources.
 */

import { avgPool, maxPool, randomUniform } from '../src/index.node.ts'
import { type Matrix, POOL_4X4, POOL_5X5 } from './helpers/lecture.ts'
import { channelOf, imageTensor, patch, positions } from './helpers/matrices.ts'
import { beside, indented, matrixText, print } from './helpers/text.ts'

/** Prints the windows, a row of the output at a time, with the maximum of each. */
function poolByHand(matrix: Matrix, size: number, stride: number): number[][] {
  const rows = new Map<number, number[]>()
  for (const [row, column] of positions(matrix, size, stride)) {
    rows.set(row, [...(rows.get(row) ?? []), column])
  }
  return [...rows].map(([row, columns]) => {
    const maxima = columns.map((column) => Math.max(...patch(matrix, row, column, size, size).flat()))
    const drawings = columns.map((column, i) => [
      ...matrixText(matrix, { window: { row, column, height: size, width: size } }),
      '',
      ` maximum ${maxima[i]}`,
    ])
    print(indented(beside(...drawings.flatMap((drawing) => [drawing, ' ']))), '')
    return maxima
  })
}

function show(title: string, matrix: Matrix, size: number, stride: number): void {
  print(`${title}\n`)
  const byHand = poolByHand(matrix, size, stride)
  const images = imageTensor(matrix)
  const computed = channelOf(maxPool(images, size, stride, 'valid'))
  const same = JSON.stringify(byHand) === JSON.stringify(computed)
  print(`maxPool(x, ${size}, ${stride}, 'valid') ${same ? 'agrees' : 'differs'}; avgPool takes the means instead:\n`)
  const means = channelOf(avgPool(images, size, stride, 'valid'))
  print(indented(beside(matrixText(computed), '  ', matrixText(means, { cell: (mean) => mean.toFixed(2) }))), '')
}

async function main(): Promise<void> {
  show('Max-pooling 2×2 with stride 2: windows side by side', POOL_4X4, 2, 2)
  show('Max-pooling 3×3 with stride 1: windows overlap', POOL_5X5, 3, 1)
  const images = randomUniform([1, 24, 24, 64])
  const pooled = maxPool(images, 2, 2, 'valid')
  print(`Depth is kept: [${images.shape.join(', ')}] becomes [${pooled.shape.join(', ')}], a quarter of the values.`)
}

await main()
