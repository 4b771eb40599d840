/** The drawn digit, and what the network makes of it: looked up whenever the drawing or the weights change. */

import { batch, computed, effect, signal } from '@preact/signals'
import { DIGIT_SIDE as SIDE } from 'quadlane/data'
import { lab } from '../lab.ts'
import { bench, generation, phase } from '../training/state.ts'
import type { Filters, Focus, Stage, Weights } from '../worker/inspector.ts'

/** What the network is given: 28×28 numbers from 0 to 1. */
export const pixels = signal(new Float32Array(SIDE * SIDE))
export const stages = signal<readonly Stage[]>([])
export const filters = signal<readonly Filters[]>([])
/** The map or unit that is looked at closely, and the weights that make it. */
export const chosen = signal<Focus>({ stage: 0, map: 0 })
export const weights = signal<Weights | undefined>(undefined)

const network = computed(() => `${bench.value?.network} ${bench.value?.parameters}`)

/** Milliseconds between two looks: more often than that no one sees. */
const PAUSE = 120

let looking = false
let again = false

async function look(): Promise<void> {
  if (looking) {
    again = true
    return
  }
  looking = true
  do {
    again = false
    const seen = await lab.inspect(pixels.value, chosen.value)
    batch(() => {
      stages.value = seen.stages
      filters.value = seen.filters
      weights.value = seen.weights
    })
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  } while (again)
  looking = false
}

/** From now on the looks follow the drawing and the weights. */
export function watchDrawing(): void {
  effect(() => {
    // Of another network, the first map.
    network.value
    chosen.value = { stage: 0, map: 0 }
  })
  effect(() => {
    pixels.value
    chosen.value
    generation.value
    if (phase.value === 'opening') return
    // A network that is being exchanged has nothing to show; the next one will.
    void look().catch(() => {
      looking = false
    })
  })
}

/** The probabilities of the ten digits, once there are any. */
export function probabilities(): ArrayLike<number> {
  const last = stages.value.at(-1)
  return last?.shape.length === 1 && last.shape[0] === 10 ? last.values : new Float32Array(10)
}
