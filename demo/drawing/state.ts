/** The drawn digit, and what the network makes of it: looked up whenever the drawing or the weights change. */

import { batch, computed, effect, signal } from '@preact/signals'
import { DIGIT_SIDE as SIDE } from 'quadlane/data'
import { type GuestShown, guest, guestNumbers, guestPicture, range } from '../guest/state.ts'
import { lab } from '../lab.ts'
import type { Source } from '../network/arithmetic.ts'
import { sectionsInSight } from '../sight.ts'
import { bench, generation, phase } from '../training/state.ts'
import type { Filters, Focus, Inspection, Stage, Weights } from '../worker/inspector.ts'

/** What the network is given: 28×28 numbers from 0 to 1. */
export const pixels = signal(new Float32Array(SIDE * SIDE))
/** The layers of what is looked into: of the network that is trained, or of another model. */
export const stages = signal<readonly Stage[]>([])
/** Layers that are too many to be shown. */
export const leftOut = signal(0)
/** What is looked into is given these numbers. */
export const picture = signal<Source>({ shape: [SIDE, SIDE, 1], values: pixels.value })
/** What the network that is trained makes of the drawing. */
const answers = signal<Stage | undefined>(undefined)
export const filters = signal<readonly Filters[]>([])
/** The map or unit that is looked at closely, and the weights that make it. */
export const chosen = signal<Focus>({ stage: 0, map: 0 })
export const weights = signal<Weights | undefined>(undefined)

const network = computed(() => `${bench.value?.network} ${bench.value?.parameters}`)

/** Milliseconds between two looks: more often than that no one sees. */
const PAUSE = 120

let looking = false
let again = false

async function lookOnce(): Promise<void> {
  const given = pixels.value
  const other = guest.value
  if (other === undefined) {
    const seen = await lab.inspect(given, chosen.value)
    const source = { shape: [SIDE, SIDE, 1], values: given }
    batch(() => {
      showInspection(seen, source)
      answers.value = seen.stages.at(-1)
    })
    return
  }
  const { height, width, channels } = other
  const shape = { height, width, channels }
  const source = { shape: [height, width, channels], values: guestNumbers(given, shape) }
  answers.value = (await lab.inspect(given)).stages.at(-1)
  if (isAsSeen(other, source.values, chosen.value)) return
  const seen = await lab.inspectGuest(source.values, shape, chosen.value)
  if (guest.value !== other) return
  lastSeen = { other, values: source.values, focus: chosen.value }
  showInspection(seen, source)
}

/** The guest does not learn: the same picture gives the same numbers, whatever becomes of the network beside it. */
let lastSeen: { readonly other: GuestShown; readonly values: Float32Array; readonly focus: Focus } | undefined

function isAsSeen(other: GuestShown, values: Float32Array, focus: Focus): boolean {
  if (lastSeen?.other !== other || lastSeen.focus !== focus) return false
  return lastSeen.values.every((value, i) => value === values[i])
}

function showInspection(seen: Inspection, source: Source): void {
  batch(() => {
    picture.value = source
    stages.value = seen.stages
    filters.value = seen.filters
    weights.value = seen.weights
    leftOut.value = seen.leftOut
  })
}

async function look(): Promise<void> {
  if (looking) {
    again = true
    return
  }
  looking = true
  do {
    again = false
    await lookOnce()
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  } while (again)
  looking = false
}

/** Parts of the page that show what the network makes of the drawing. */
const SHOWN_IN = ['draw', 'network']
/** While it trains no one looks where none of them is in sight, and training has the processor for itself. */
const isLookedAt = computed(
  () => phase.value !== 'training' || SHOWN_IN.some((section) => sectionsInSight.value.has(section)),
)

/** From now on the looks follow the drawing and the weights. */
export function watchDrawing(): void {
  effect(() => {
    // Of another network, the first map.
    network.value
    guest.value
    lastSeen = undefined
    chosen.value = { stage: 0, map: 0 }
  })
  effect(() => {
    pixels.value
    chosen.value
    generation.value
    guest.value
    guestPicture.value
    range.value
    if (phase.value === 'opening' || !isLookedAt.value) return
    // A network that is being exchanged has nothing to show; the next one will.
    void look().catch(() => {
      looking = false
    })
  })
}

/** The probabilities of the ten digits, once there are any. */
export function probabilities(): ArrayLike<number> {
  const last = answers.value
  return last?.shape.length === 1 && last.shape[0] === 10 ? last.values : new Float32Array(10)
}
