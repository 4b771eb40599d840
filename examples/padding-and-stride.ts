/**
 * What zero padding and strides do to the size of a feature map: the seven classic figures of convolution arithmetic
 * drawn as text, 'same' padding with stride 2, and the usual kernels and strides on a 28×28 image.
 * Run: npx tsx examples/padding-and-stride.ts
 *
 * Where quadlane is installed as a package, import from 'quadlane' rather than from its sources.
 */

import { conv2d, ones, type Padding } from '../src/index.node.ts'
import { ARITHMETIC, type Arithmetic } from './helpers/lecture.ts'
import { channelOf } from './helpers/matrices.ts'
import { type Block, beside, indented, matrixText, print, tableText } from './helpers/text.ts'

/** The feature map of an image of ones under a kernel of ones: how many pixels of the image each window sees. */
function pixelsSeen(input: number, kernel: number, stride: number, padding: Padding): number[][] {
  return channelOf(conv2d(ones([1, input, input, 1]), ones([kernel, kernel, 1, 1]), stride, padding))
}

/** An image of squares within a border of dots, the zeros, with the first place of the kernel in brackets. */
function drawInput(input: number, kernel: number, before: number, after: number): Block {
  const side = input + before + after
  const row = Array.from({ length: side }, () => 0)
  const isPixel = (i: number): boolean => i >= before && i < before + input
  return matrixText(
    row.map(() => row),
    {
      window: { row: 0, column: 0, height: kernel, width: kernel },
      cell: (_, i, j) => (isPixel(i) && isPixel(j) ? '■' : '·'),
    },
  )
}

function drawFigure({ title, input, kernel, padding, stride }: Arithmetic, number: number): void {
  const map = pixelsSeen(input, kernel, stride, padding)
  const quotient = (input - kernel + 2 * padding) / stride + 1
  const columns = map.map((_, i) => i * stride + 1)
  print(
    `${number}. ${title}`,
    `   (${input} − ${kernel} + 2·${padding}) / ${stride} + 1 = ${quotient}` +
      (quotient === map.length ? '' : `, rounded down to ${map.length}`) +
      `: the kernel begins at columns ${columns.join(', ')}`,
    '',
    indented(beside(drawInput(input, kernel, padding, padding), '→', matrixText(map))),
    '',
  )
}

/** 'same' with stride 2: the output has half the positions, rounded up; the odd zero goes right and below. */
function drawSame(input: number): void {
  const map = pixelsSeen(input, 3, 2, 'same')
  const zeros = (map.length - 1) * 2 + 3 - input
  const before = Math.floor(zeros / 2)
  const lines = `${zeros} ${zeros === 1 ? 'line' : 'lines'} of zeros, ${before} before, ${zeros - before} after`
  print(
    `   ${input} / 2, rounded up, is ${map.length}: ${lines}`,
    '',
    indented(beside(drawInput(input, 3, before, zeros - before), '→', matrixText(map))),
    '',
  )
}

function sizeTable(): Block {
  const kernels = [3, 5, 7]
  const paddings: readonly Padding[] = ['valid', 'same']
  const header = ['28×28, padding', ...kernels.map((kernel) => `kernel ${kernel}×${kernel}`)]
  const rows = [1, 2, 3].flatMap((stride) =>
    paddings.map((padding) => {
      const sizes = kernels.map((kernel) => pixelsSeen(28, kernel, stride, padding).length)
      return [`${padding}, stride ${stride}`, ...sizes.map((size) => `${size}×${size}`)]
    }),
  )
  return tableText(header, rows)
}

async function main(): Promise<void> {
  print(
    'Size = (D − F + 2P) / S + 1, with D the width of the input, F of the kernel, P zeros at each side, stride S.',
    'Left: pixels ■, zeros · and the first place of the kernel. Right: how many pixels each place of it sees.\n',
  )
  for (const [i, figure] of ARITHMETIC.entries()) drawFigure(figure, i + 1)
  print("Padding 'same', stride 2, kernel 3×3\n")
  for (const input of [5, 6]) drawSame(input)
  print('The usual kernels and strides\n', indented(sizeTable()))
}

await main()
