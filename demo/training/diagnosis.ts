/** What is the matter with a training that gets nowhere, and what to try. */

import { OPTIMIZERS, type OptimizerName, type Settings } from '../settings.ts'
import type { StepFigures, Validation } from '../worker/figures.ts'

export interface Diagnosis {
  readonly text: string
  /** A learning rate to try. */
  readonly learningRate: number
}

/** Where each optimizer usually learns well with these networks. */
export const USUAL_RATES = {
  adam: 0.001,
  adamw: 0.001,
  momentum: 0.01,
  sgd: 0.1,
  rmsprop: 0.001,
  adagrad: 0.01,
} as const satisfies Record<OptimizerName, number>

/** Steps that every network needs to get going. */
const PATIENCE = 40
/** The loss of a network that finds all ten digits equally probable. */
const GUESSING = Math.log(10)

/** What the figures so far say; undefined where all is well, or it is too early to tell. */
export function diagnose(
  { optimizer, learningRate }: Pick<Settings, 'optimizer' | 'learningRate'>,
  steps: readonly StepFigures[],
  validation: Validation | undefined,
): Diagnosis | undefined {
  if (validation === undefined || steps.length < PATIENCE || validation.step < PATIENCE) return undefined
  const recent = steps.slice(-20)
  const loss = recent.reduce((sum, step) => sum + step.loss, 0) / recent.length
  const how = `${OPTIMIZERS[optimizer]} at ${learningRate}`
  const usual = USUAL_RATES[optimizer]
  const lower = learningRate > usual ? usual : learningRate / 10
  if (new Set(validation.guesses).size === 1 && validation.accuracy < 0.2) {
    const digit = validation.guesses[0]
    const first = `It says ${digit} to every picture, which is right one time in ten.`
    if (learningRate > usual || loss > GUESSING + 0.5) {
      return {
        text: `${first} The first steps of ${how} were so large that the units behind the pictures fell silent: they put out 0 whatever they see, nothing comes back through them, and so nothing can be learned any more. Reset, and try ${lower}.`,
        learningRate: lower,
      }
    }
  }
  if (validation.accuracy < 0.3 && loss > GUESSING - 0.15 && learningRate < usual) {
    return {
      text: `The loss hardly moves from ${GUESSING.toFixed(2)}, that of a pure guess: the steps of ${how} are very small. Reset, and try ${usual}.`,
      learningRate: usual,
    }
  }
  if (validation.accuracy < 0.3 && learningRate > usual) {
    return {
      text: `It learns next to nothing: with ${how}, each step overshoots and undoes what the ones before had learned. Reset, and try ${lower}.`,
      learningRate: lower,
    }
  }
  return undefined
}

/** The same for a loss that is no number any more, where training stops. */
export function diagnoseFailure(
  { optimizer, learningRate }: Pick<Settings, 'optimizer' | 'learningRate'>,
  problem: string,
): Diagnosis | undefined {
  if (!/finite loss/.test(problem)) return undefined
  const usual = USUAL_RATES[optimizer]
  const lower = learningRate > usual ? usual : learningRate / 10
  return {
    text: `The loss grew beyond all numbers: with ${OPTIMIZERS[optimizer]} at ${learningRate} each step overshoots further than the one before. Start anew, and try ${lower}.`,
    learningRate: lower,
  }
}
