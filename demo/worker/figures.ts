/** What is known of a step of training, and of the network between two. */

import type { Score } from './score.ts'

export interface StepFigures {
  /** From 1. */
  readonly step: number
  /** From 1. */
  readonly epoch: number
  readonly loss: number
  readonly accuracy: number
  readonly milliseconds: number
}

export interface Validation extends Score {
  /** The step after which it was made; 0 before the first. */
  readonly step: number
}
