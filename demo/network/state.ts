/** What of the network is looked at closely, and at which place. */

import { batch, computed, signal } from '@preact/signals'
import { chosen, picture, stages, weights } from '../drawing/state.ts'
import { type Place, sourceOf } from './arithmetic.ts'
import { isMaps } from './layout.ts'

/** The place of the chosen map whose arithmetic is shown, counted row by row: first about the middle of LeNet's maps. */
export const placeIndex = signal(325)
/** The map of the input that is shown at work; undefined for the one that adds most. */
export const channel = signal<number | undefined>(undefined)
export const isPlaying = signal(false)

export const chosenStage = computed(() => stages.value[chosen.value.stage])

/** What the chosen layer reads. */
export const source = computed(() => sourceOf(stages.value, chosen.value.stage, picture.value))

/** The weights of what is chosen, once they have come. */
export const chosenWeights = computed(() => {
  const { stage, map } = chosen.value
  const known = weights.value
  return known?.stage === stage && known.map === map ? known : undefined
})

/** Places of the chosen map. */
export const places = computed(() => {
  const shape = chosenStage.value?.shape ?? []
  return isMaps(shape) ? shape[0]! * shape[1]! : 1
})

export const place = computed<Place>(() => {
  const width = chosenStage.value?.shape[1] ?? 1
  const index = Math.min(placeIndex.value, places.value - 1)
  return { row: Math.floor(index / width), column: index % width }
})

/** Looks at a map or a unit, and at a place of it where one is given. */
export function look(stage: number, map: number, at?: Place): void {
  const other = stages.value[stage]
  if (other === undefined) return
  batch(() => {
    if (chosen.value.stage !== stage || chosen.value.map !== map) {
      if (chosen.value.stage !== stage) {
        channel.value = undefined
        const [height = 1, width = 1] = other.shape
        placeIndex.value = isMaps(other.shape) ? Math.floor(height / 2) * width + Math.floor(width / 2) : 0
      }
      chosen.value = { stage, map }
    }
    if (at !== undefined) {
      placeIndex.value = at.row * (other.shape[1] ?? 1) + at.column
      isPlaying.value = false
    }
  })
}

/** A kernel of the user's in place of the network's, for the chosen map; undefined to have the network's again. */
export function editKernel(kernel: Float32Array | undefined): void {
  const { stage, map } = chosen.value
  chosen.value = kernel === undefined ? { stage, map } : { stage, map, kernel }
}
