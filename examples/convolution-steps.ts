/**
 * The convolution of a 5×5 image with a 3×3 kernel, one step at a time: the patch under the kernel, the nine products,
 * their sum, and the feature map as it fills. Run: npx tsx examples/convolution-steps.ts
 *
 * Where quadlane is installed as a package, import from 'quadlane' rather than from its sources.
 */

import { conv2d } from '../src/index.node.ts'
import { IMAGE, KERNEL, type Matrix, MISPRINTED_IMAGE } from './helpers/lecture.ts'
import { channelOf, filterTensor, imageTensor, patch, positions, products, sum } from './helpers/matrices.ts'
import { beside, indented, matrixText, print } from './helpers/text.ts'

const SIZE = KERNEL.length

/** Prints each step and returns the feature map. */
function convolveByHand(image: Matrix): number[][] {
  const side = image.length - SIZE + 1
  const map = Array.from({ length: side }, () => Array.from({ length: side }, () => Number.NaN))
  positions(image, SIZE, 1).forEach(([row, column], i) => {
    const under = patch(image, row, column, SIZE, SIZE)
    const product = products(under, KERNEL)
    map[row]![column] = sum(product)
    const terms = product.flat().join('+')
    print(
      `Step ${i + 1}: rows ${row + 1} to ${row + SIZE}, columns ${column + 1} to ${column + SIZE}`,
      '',
      indented(
        beside(
          matrixText(image, { window: { row, column, height: SIZE, width: SIZE } }),
          '   ',
          matrixText(under),
          '×',
          matrixText(KERNEL),
          '=',
          matrixText(product),
          '   ',
          matrixText(map),
        ),
      ),
      `\n  ${terms} = ${sum(product)}\n`,
    )
  })
  return map
}

async function main(): Promise<void> {
  print('Image, patch × kernel = products, and the feature map so far.\n')
  const byHand = convolveByHand(IMAGE)
  const kernel = filterTensor(KERNEL)
  const computed = channelOf(conv2d(imageTensor(IMAGE), kernel, 1, 'valid'))
  const same = JSON.stringify(byHand) === JSON.stringify(computed)
  print(
    `conv2d(image, kernel, 1, 'valid') gives ${same ? 'the same' : 'something else'}:\n`,
    indented(matrixText(computed)),
  )
  const misprinted = channelOf(conv2d(imageTensor(MISPRINTED_IMAGE), kernel, 1, 'valid'))
  print('\nSome slides print 0 0 1 1 1 as the fourth row of the image. That image would give:\n')
  print(indented(matrixText(misprinted)))
}

await main()
