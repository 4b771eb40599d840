/** The drawn digit, and what the network makes of it: looked up whenever the drawing or the weights change. */

import { effect, signal } from '@preact/signals'
import { lab } from '../lab.ts'
import { generation, phase } from '../training/state.ts'
import type { Filters, Stage } from '../worker/inspector.ts'
import { SIDE } from './normalize.ts'

/** What the network is given: 28×28 numbers from 0 to 1. */
export const pixels = signal(new Float32Array(SIDE * SIDE))
export const stages = signal<readonly Stage[]>([])
export const filters = signal<readonly Filters[]>([])
/** The filter of the first convolution that is looked at closely. */
export const chosenFilter = signal(0)

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
    const [seen, kernels] = await Promise.all([lab.inspect(pixels.value), lab.filters()])
    stages.value = seen
    filters.value = kernels
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  } while (again)
  looking = false
}

/** From now on the looks follow the drawing and the weights. */
export function watchDrawing(): void {
  effect(() => {
    pixels.value
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
