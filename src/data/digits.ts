/**
 * Handwritten-looking digits, drawn by quadlane itself: a data set without a download, for first steps, tests and
 * demonstrations. The pictures look like MNIST's, and a network that has only seen these reads MNIST too.
 */
import { checkInteger, checkOptions } from '../errors.ts'
import { Random } from '../random.ts'
import { ImageDataset } from './dataset.ts'
import { DigitDrawer, SIDE } from './digit-drawing.ts'
import { digitForms } from './digit-forms.ts'

/** How many digits, and which. */
export interface DigitsOptions {
  /** How many digits. Default: 12,000. */
  readonly count?: number
  /** An integer from 0 to 2⁵³ − 1. Equal seeds give equal bytes, on every engine. Default: 0. */
  readonly seed?: number
}

const CLASSES = 10

/**
 * Digits of 28 x 28 pixels, white on black, as many of each class (give or take one) and in random order. Digit i
 * depends on the seed and on i alone, so a smaller set is the beginning of a larger one. The same bytes everywhere for
 * a seed. Throws `ArgumentError` for a count or a seed that is out of range.
 * @param options count, default 12,000, and seed, default 0
 * @example
 * console.log(data.syntheticDigits({ count: 100, seed: 1 }).inputShape) // [ 28, 28, 1 ]
 */
export function syntheticDigits(options: DigitsOptions = {}): ImageDataset {
  checkOptions('syntheticDigits', options, ['count', 'seed'])
  const { count = 12_000, seed = 0 } = options
  checkInteger('syntheticDigits', 'count', count, 1, 2_000_000)
  checkInteger('syntheticDigits', 'seed', seed)
  const pixels = SIDE * SIDE
  const images = new Uint8Array(count * pixels)
  const labels = new Uint8Array(count)
  const forms = digitForms()
  const drawer = new DigitDrawer()
  const random = new Random(seed)
  const order = random.fork('digit order')
  const hand = random.fork('digit drawing')
  const deck = Int32Array.from({ length: CLASSES }, (_, digit) => digit)
  for (let i = 0; i < count; i++) {
    if (i % CLASSES === 0) order.shuffle(deck)
    const digit = deck[i % CLASSES]!
    labels[i] = digit
    drawer.draw(forms[digit]!, hand.fork(i), images.subarray(i * pixels, (i + 1) * pixels))
  }
  return new ImageDataset({ images, labels, shape: [SIDE, SIDE, 1], classes: CLASSES, name: 'digits' })
}
