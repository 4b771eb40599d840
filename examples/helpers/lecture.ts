/**
 * What the lecture "CNN 알고리즘" gives: the matrices of its worked examples and the curve of its training run. The
 * examples compute with these, the tests hold the results to those on the slides, the plots show the curve.
 */

export type Matrix = readonly (readonly number[])[]

/** The 5×5 image of the nine convolution steps. */
export const IMAGE: Matrix = [
  [1, 1, 1, 0, 0],
  [0, 1, 1, 1, 0],
  [0, 0, 1, 1, 1],
  [0, 0, 1, 1, 0],
  [0, 1, 1, 0, 0],
]

/** The same image with the fourth row as some slides misprint it; the results on the slides belong to `IMAGE`. */
export const MISPRINTED_IMAGE: Matrix = IMAGE.map((row, i) => (i === 3 ? [0, 0, 1, 1, 1] : row))

export const KERNEL: Matrix = [
  [1, 0, 1],
  [0, 1, 0],
  [1, 0, 1],
]

/** One colour channel of the RGB example: the top left corner of a photograph, and the kernel for that channel. */
export interface Channel {
  readonly name: 'red' | 'green' | 'blue'
  readonly corner: Matrix
  readonly kernel: Matrix
}

export const CHANNELS: readonly Channel[] = [
  {
    name: 'red',
    corner: [
      [156, 155, 156, 158, 158],
      [153, 154, 157, 159, 159],
      [149, 151, 155, 158, 159],
      [146, 146, 149, 153, 158],
      [145, 143, 143, 148, 158],
    ],
    kernel: [
      [-1, -1, 1],
      [0, 1, -1],
      [0, 1, 1],
    ],
  },
  {
    name: 'green',
    corner: [
      [167, 166, 167, 169, 169],
      [164, 165, 168, 170, 170],
      [160, 162, 166, 169, 170],
      [156, 156, 159, 163, 168],
      [155, 153, 153, 158, 168],
    ],
    kernel: [
      [1, 0, 0],
      [1, -1, -1],
      [1, 0, -1],
    ],
  },
  {
    name: 'blue',
    corner: [
      [163, 162, 163, 165, 165],
      [160, 161, 164, 166, 166],
      [156, 158, 162, 165, 166],
      [155, 155, 158, 162, 167],
      [154, 152, 152, 157, 167],
    ],
    kernel: [
      [0, 1, 1],
      [0, 1, 0],
      [1, -1, 1],
    ],
  },
]

/** The bias of the RGB example. */
export const BIAS = 1

/** The 4×4 matrix of the 2×2 max-pooling with stride 2. */
export const POOL_4X4: Matrix = [
  [1, 4, 8, 3],
  [6, 9, 2, 1],
  [11, 13, 6, 7],
  [8, 19, 8, 2],
]

/** The 5×5 matrix of the 3×3 max-pooling with stride 1. */
export const POOL_5X5: Matrix = [
  [3, 3, 2, 1, 0],
  [0, 0, 1, 3, 1],
  [3, 1, 2, 2, 3],
  [2, 0, 0, 2, 2],
  [2, 0, 0, 0, 1],
]

/** The matrix whose flattening loses the neighbourhood. */
export const FLATTENED: Matrix = [
  [1, 1, 0],
  [4, 2, 1],
  [0, 2, 1],
]

/** A convolution of the classic arithmetic figures: input and kernel are square. */
export interface Arithmetic {
  readonly title: string
  readonly input: number
  readonly kernel: number
  readonly padding: number
  readonly stride: number
}

/** The seven figures, with the sizes of Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", 2016. */
export const ARITHMETIC: readonly Arithmetic[] = [
  { title: 'no padding, no strides', input: 4, kernel: 3, padding: 0, stride: 1 },
  { title: 'arbitrary padding, no strides', input: 5, kernel: 4, padding: 2, stride: 1 },
  { title: 'half padding, no strides', input: 5, kernel: 3, padding: 1, stride: 1 },
  { title: 'full padding, no strides', input: 5, kernel: 3, padding: 2, stride: 1 },
  { title: 'no padding, strides', input: 5, kernel: 3, padding: 0, stride: 2 },
  { title: 'padding, strides', input: 5, kernel: 3, padding: 1, stride: 2 },
  { title: 'padding, strides (odd)', input: 6, kernel: 3, padding: 1, stride: 2 },
]

/** The figures of one epoch of training. */
export interface EpochFigures {
  readonly loss: number
  readonly accuracy: number
  readonly valLoss: number
  readonly valAccuracy: number
}

/** The training run on the slides, epochs 1 to 10: 60,000 training and 10,000 test images, batches of 128. */
export const TRAINING_RUN: readonly EpochFigures[] = [
  { loss: 0.2381, accuracy: 0.9282, valLoss: 0.054, valAccuracy: 0.983 },
  { loss: 0.0857, accuracy: 0.9747, valLoss: 0.0391, valAccuracy: 0.9875 },
  { loss: 0.0629, accuracy: 0.9811, valLoss: 0.0427, valAccuracy: 0.986 },
  { loss: 0.0529, accuracy: 0.9837, valLoss: 0.0305, valAccuracy: 0.9902 },
  { loss: 0.0447, accuracy: 0.986, valLoss: 0.0291, valAccuracy: 0.9908 },
  { loss: 0.0387, accuracy: 0.9874, valLoss: 0.0283, valAccuracy: 0.9912 },
  { loss: 0.0362, accuracy: 0.9887, valLoss: 0.0281, valAccuracy: 0.9914 },
  { loss: 0.03, accuracy: 0.9903, valLoss: 0.0339, valAccuracy: 0.9897 },
  { loss: 0.028, accuracy: 0.9908, valLoss: 0.0261, valAccuracy: 0.9916 },
  { loss: 0.0262, accuracy: 0.9919, valLoss: 0.0266, valAccuracy: 0.9913 },
]

/**
 * A seven of our own, since the slide's picture is not ours to copy: ten rows, each crossed by one stroke. A shift by
 * one pixel lights one pixel and clears one at either end of each stroke: 10 · 2 = 20 inputs change.
 */
export const SEVEN: Matrix = [
  '............',
  '..########..',
  '.........#..',
  '........##..',
  '.......##...',
  '......##....',
  '.....##.....',
  '.....##.....',
  '....##......',
  '....##......',
  '....##......',
  '............',
].map((row) => Array.from(row, (cell) => (cell === '#' ? 1 : 0)))
