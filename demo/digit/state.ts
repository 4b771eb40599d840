/** The digit that is opened, and why the network reads it as it does. */

import { batch, effect, signal } from '@preact/signals'
import { pixels } from '../drawing/state.ts'
import { lab } from '../lab.ts'
import { generation, phase } from '../training/state.ts'
import type { Explanation } from '../worker/explainer.ts'
import { guessOf } from '../worker/guess.ts'

export interface OpenedDigit {
  /** 28×28 numbers from 0 to 1. */
  readonly pixels: Float32Array
  /** What it is, where that is known. */
  readonly label?: number
  /** Its bytes, where it is of the test set. */
  readonly bytes?: Uint8Array
}

export const opened = signal<OpenedDigit | undefined>(undefined)
export const explanation = signal<Explanation | undefined>(undefined)
/** "Why this and not that?"; undefined: what it reads, and what it nearly read. */
export const pair = signal<readonly [number, number] | undefined>(undefined)

export function openDigit(bytes: Uint8Array, label: number): void {
  show({ pixels: Float32Array.from(bytes, (byte) => byte / 255), bytes, label })
}

export function openDrawn(): void {
  show({ pixels: pixels.value.slice() })
}

function show(digit: OpenedDigit): void {
  batch(() => {
    explanation.value = undefined
    pair.value = undefined
    opened.value = digit
  })
}

export function close(): void {
  opened.value = undefined
}

/** The classes to be compared: the chosen ones, or the best and the right one, or the best and the second. */
export function compared(probabilities: ArrayLike<number>, label?: number): readonly [number, number] {
  const best = guessOf(probabilities)
  if (label !== undefined && label !== best) return [best, label]
  const order = Array.from(probabilities, (_, i) => i).sort((a, b) => probabilities[b]! - probabilities[a]!)
  return [best, order[1] ?? 0]
}

/** Milliseconds between two looks while it learns. */
const PAUSE = 250

let asking = false
let again = false

async function ask(): Promise<void> {
  if (asking) {
    again = true
    return
  }
  asking = true
  try {
    do {
      again = false
      const digit = opened.value
      if (digit === undefined) break
      const chosen = pair.value
      // What it reads is not known before the first answer.
      const first = chosen ?? (explanation.value && compared(explanation.value.probabilities, digit.label)) ?? [0, 1]
      let made = await lab.explain(digit.pixels, first[0], first[1])
      const [one, other] = pair.value ?? compared(made.probabilities, digit.label)
      if (one !== first[0] || other !== first[1]) made = await lab.explain(digit.pixels, one, other)
      if (opened.value === digit) explanation.value = made
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    } while (again)
  } finally {
    asking = false
  }
}

/** From now on the explanation follows the digit, the pair and the weights. */
export function watchDigit(): void {
  effect(() => {
    pair.value
    generation.value
    if (opened.value === undefined || phase.value === 'opening') return
    // A network that is being exchanged explains nothing; the next one will.
    void ask().catch(() => {})
  })
}
