/** The sizes to play with, and what quadlane computes for them. */

import { batch, computed, effect, signal } from '@preact/signals'
import { type Arithmetic, IMAGE, type Matrix, POOL_4X4, POOL_5X5, SEVEN } from '../../examples/helpers/lecture.ts'
import { lab } from '../lab.ts'
import { phase } from '../training/state.ts'
import type { ColourStep } from '../worker/arithmetic.ts'

export const PICTURES = { lecture: IMAGE, seven: SEVEN } as const
export type PictureName = keyof typeof PICTURES

export const picture = signal<PictureName>('lecture')
export const kernelSize = signal(3)
export const stride = signal(1)
export const padding = signal(0)
/** The place of the map that is looked at, counted row by row. */
export const place = signal(4)

/** What the user typed over the picture and over the kernel; undefined where nothing. */
export const editedImage = signal<Matrix | undefined>(undefined)
export const editedKernel = signal<Matrix | undefined>(undefined)

/** A matrix with another number at one place. */
export function withCell(matrix: Matrix, row: number, column: number, value: number): Matrix {
  return matrix.map((values, i) => (i === row ? values.map((old, j) => (j === column ? value : old)) : values))
}

export function pickPicture(name: PictureName): void {
  batch(() => {
    picture.value = name
    editedImage.value = undefined
  })
}

export const image = computed<Matrix>(() => editedImage.value ?? PICTURES[picture.value])

/** The lecture's kernel is a cross of two diagonals; so are the others. */
export const kernel = computed<Matrix>(() => {
  const size = kernelSize.value
  const edited = editedKernel.value
  if (edited?.length === size) return edited
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => (row === column || row + column === size - 1 ? 1 : 0)),
  )
})

/** The width of the map by the formula; 0 or less where the kernel does not fit. */
export const mapSize = computed(() =>
  outputSize({ input: image.value.length, kernel: kernelSize.value, padding: padding.value, stride: stride.value }),
)

export function outputSize({ input, kernel, padding, stride }: Omit<Arithmetic, 'title'>): number {
  return Math.floor((input + 2 * padding - kernel) / stride) + 1
}

/** What quadlane makes of image, kernel, stride and padding. */
export const map = signal<Matrix>([])
export const colourPlace = signal<readonly [row: number, column: number]>([0, 0])
export const colour = signal<ColourStep | undefined>(undefined)

/** Maps to pool, with the window and the stride that the lecture has for them. */
export const POOL_PICTURES = {
  four: { matrix: POOL_4X4, size: 2, stride: 2 },
  five: { matrix: POOL_5X5, size: 3, stride: 1 },
  seven: { matrix: SEVEN, size: 2, stride: 2 },
} as const
export type PoolPictureName = keyof typeof POOL_PICTURES

export const poolPicture = signal<PoolPictureName>('four')
export const poolSize = signal(2)
export const poolStride = signal(2)
/** The place of the pooled map that is looked at, counted row by row. */
export const poolPlace = signal(0)
/** What quadlane makes of the map, the window and its stride. */
/** What the user typed over the map; undefined where nothing. */
export const editedPoolPicture = signal<Matrix | undefined>(undefined)
export const poolMatrix = computed<Matrix>(() => editedPoolPicture.value ?? POOL_PICTURES[poolPicture.value].matrix)
export const pooled = signal<Matrix>([])

export function pickPoolPicture(name: PoolPictureName): void {
  batch(() => {
    poolPicture.value = name
    editedPoolPicture.value = undefined
    poolSize.value = POOL_PICTURES[name].size
    poolStride.value = POOL_PICTURES[name].stride
    poolPlace.value = 0
  })
}

/** From now on the results follow the sizes. */
export function watchArithmetic(): void {
  let asked = 0
  effect(() => {
    const task = { image: image.value, kernel: kernel.value, stride: stride.value, padding: padding.value }
    const number = ++asked
    if (mapSize.value < 1) map.value = []
    else if (isReady.value) {
      void lab.convolve(task).then((result) => {
        // Answers to older questions come too late.
        if (number === asked) map.value = result
      })
    }
  })
  let pools = 0
  effect(() => {
    const task = { image: poolMatrix.value, size: poolSize.value, stride: poolStride.value }
    const number = ++pools
    if (!isReady.value) return
    void lab.pool(task).then((result) => {
      if (number === pools) pooled.value = result
    })
  })
  effect(() => {
    const [row, column] = colourPlace.value
    if (!isReady.value) return
    void lab.colourStep(row, column).then((result) => {
      colour.value = result
    })
  })
}

/** Whether there is a runtime to compute with. */
const isReady = computed(() => phase.value !== 'opening' && phase.value !== 'failed')
