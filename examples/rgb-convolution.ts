/**
 * The convolution of a colour image: each channel has its own 3×3 kernel, the three sums and the bias add up to one
 * number of the feature map. Run: npx tsx examples/rgb-convolution.ts
 *
 * Where quadlane is installed as a package, import from 'quadlane' rather than from its sources.
 */

import { conv2d } from '../src/index.node.ts'
import { BIAS, CHANNELS } from './helpers/lecture.ts'
import { channelOf, filterTensor, imageTensor, patch, products, sum, zeroPadded } from './helpers/matrices.ts'
import { beside, indented, matrixText, print } from './helpers/text.ts'

/** Prints the first step of each channel and returns the sum of all, with the bias. */
function firstStepByHand(): number {
  const sums = CHANNELS.map(({ name, corner, kernel }) => {
    const padded = zeroPadded(corner, 1)
    const under = patch(padded, 0, 0, 3, 3)
    const product = products(under, kernel)
    const window = { row: 0, column: 0, height: 3, width: 3 }
    print(
      `${name}, with a border of zeros; patch × kernel = products`,
      '',
      indented(
        beside(
          matrixText(padded, { window }),
          ' ',
          matrixText(under),
          '×',
          matrixText(kernel),
          '=',
          matrixText(product),
          `  sum ${sum(product)}`,
        ),
      ),
      '',
    )
    return sum(product)
  })
  const total = sums.reduce((a, b) => a + b, BIAS)
  print(`${sums.map((n) => (n < 0 ? `(${n})` : n)).join(' + ')} + ${BIAS} (bias) = ${total}\n`)
  return total
}

async function main(): Promise<void> {
  const byHand = firstStepByHand()
  const image = imageTensor(...CHANNELS.map(({ corner }) => corner))
  const filter = filterTensor(...CHANNELS.map(({ kernel }) => kernel))
  const map = channelOf(conv2d(image, filter, 1, 1).add(BIAS))
  print(`conv2d(image [1, 5, 5, 3], filter [3, 3, 3, 1], 1, 1) + ${BIAS}: top left ${map[0]![0]}, by hand ${byHand}\n`)
  // The fifth row and column would need pixels of the photograph that the corner does not show.
  print(indented(matrixText(patch(map, 0, 0, 4, 4))))
}

await main()
