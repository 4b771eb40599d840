/**
 * Does it matter where a digit stands? A network without convolutions and the lecture's CNN are trained alike, on digits
 * in the middle of the frame, and then read digits that were moved by 0 to 4 pixels. It takes a minute or two.
 * Run: npx tsx examples/shift-experiment.ts [--data DIR] [--out FILE.svg]
 *
 * DIR holds the four MNIST files; without it the digits are those that quadlane draws itself. Where quadlane is installed
 * as a package, import from 'quadlane' rather than from its sources.
 */

import { writeFileSync } from 'node:fs'
import { data, info, init, type Sequential, zoo } from '../src/index.node.ts'
import { type Matrix, SEVEN } from './helpers/lecture.ts'
import { readOptions } from './helpers/options.ts'
import { type ShiftCurve, shiftCurve } from './helpers/shift.ts'
import { type Block, bar, beside, indented, matrixText, percent, print, tableText } from './helpers/text.ts'

const options = readOptions({ train: 4000, test: 1000, epochs: 3, shifts: 4, seed: 1, data: '', out: '' })

/** Shows on a small picture how many inputs of a flattened image one pixel of shift changes. */
function showOnePixel(): void {
  const images = Uint8Array.from(SEVEN.flat())
  const shape = [SEVEN.length, SEVEN[0]!.length, 1]
  const seven = new data.ImageDataset({ images, labels: Uint8Array.of(7), shape, classes: 10 })
  const moved = seven.shifted(1, 0)
  const changed = seven.images.filter((pixel, i) => pixel !== moved.images[i]).length
  const draw = (bytes: Uint8Array): Block => {
    const rows: Matrix = SEVEN.map((row, i) => row.map((_, j) => bytes[i * row.length + j]!))
    return matrixText(rows, { cell: (value) => (value > 0 ? '■' : '·') })
  }
  print(indented(beside(draw(seven.images), '→', draw(moved.images))))
  print(`\nOne pixel to the right: ${changed} of the ${images.length} inputs of a flattened image change.\n`)
}

async function loadDigits(): Promise<{ train: data.ImageDataset; test: data.ImageDataset }> {
  const { train, test, seed } = options
  if (options.data !== '') {
    const mnist = await data.loadMnist(options.data)
    return { train: mnist.train.take(train), test: mnist.test.take(test) }
  }
  const digits = data.syntheticDigits({ count: train + test, seed })
  return { train: digits.slice(0, train), test: digits.slice(train) }
}

async function train(model: Sequential, digits: data.ImageDataset): Promise<void> {
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  const started = performance.now()
  await model.fit(digits, {
    epochs: options.epochs,
    batchSize: 64,
    callbacks: {
      onEpochEnd: (epoch, logs) => {
        const seconds = ((performance.now() - started) / 1000).toFixed(0)
        const figures = `loss ${logs?.loss?.toFixed(4)}, accuracy ${percent(logs?.acc ?? 0)}`
        console.error(`${model.name}: epoch ${epoch + 1} of ${options.epochs}, ${figures}, ${seconds} s`)
      },
    },
  })
}

function showCurves(curves: readonly ShiftCurve[]): void {
  const shifts = curves[0]!.accuracies.map((_, shift) => shift)
  const header = ['shift', ...curves.map(({ model }) => model)]
  const rows = shifts.map((shift) => [`${shift} px`, ...curves.map(({ accuracies }) => percent(accuracies[shift]!))])
  print('\nAccuracy, the mean of four directions\n', indented(tableText(header, rows)), '')
  const width = Math.max(...curves.map(({ model }) => model.length))
  for (const shift of shifts) {
    curves.forEach(({ model, accuracies }, i) => {
      const title = i === 0 ? `${shift} px` : ''
      const accuracy = accuracies[shift]!
      print(`  ${title.padEnd(5)} ${model.padEnd(width)} ${bar(accuracy)} ${percent(accuracy)}`)
    })
    print('')
  }
}

async function main(): Promise<void> {
  // This build gives the same bits on every machine, so that all see the same accuracies.
  await init({ simd: 'baseline' })
  showOnePixel()
  const digits = await loadDigits()
  console.error(`${digits.train.size} training images, ${digits.test.size} test images, ${info().build} build`)
  const curves: ShiftCurve[] = []
  for (const model of [zoo.mlp({ seed: options.seed }), zoo.lenet({ seed: options.seed })]) {
    await train(model, digits.train)
    curves.push(shiftCurve(model, digits.test, options.shifts))
    model.dispose()
  }
  showCurves(curves)
  if (options.out === '') return
  const { shiftChart } = await import('../scripts/plot-shift.ts')
  writeFileSync(options.out, shiftChart(curves))
  console.error(`The chart is in ${options.out}`)
}

await main()
