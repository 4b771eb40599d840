/** Loss and metrics without training, over rows. */

import { checkInteger, checkOptions } from '../errors.ts'
import { fromValues, type Tensor } from '../tensor.ts'
import { disposePairs, type NamedData, toPairs } from './pairs.ts'
import { batches, indexRange } from './rows.ts'
import { isSamples, type Samples } from './samples.ts'
import { testStep, trainStep } from './step.ts'
import { Totals } from './totals.ts'
import type { Trainable } from './trainable.ts'

/** What `evaluate` takes. */
export interface EvaluateArgs {
  /** Samples that are computed at once. Default 32. */
  readonly batchSize?: number | null
  /** How much each sample counts in the loss, [N]. */
  readonly sampleWeight?: NamedData | null
  /** At most so many batches. */
  readonly steps?: number | null
  /** Nothing is printed; accepted for ported code. */
  readonly verbose?: number | boolean | null
}

export function evaluate(
  model: Trainable,
  x: Samples | NamedData,
  y: NamedData | undefined,
  given: EvaluateArgs | null | undefined,
): Tensor | Tensor[] {
  const who = 'evaluate'
  const args = given ?? {}
  checkOptions(who, args, ['batchSize', 'verbose', 'sampleWeight', 'steps'])
  const batchSize = args.batchSize ?? 32
  checkInteger(who, 'batchSize', batchSize, 1)
  checkInteger(who, 'steps', args.steps ?? 1, 1)
  const sampleWeight = args.sampleWeight ?? undefined
  const weighting = sampleWeight === undefined ? {} : { sampleWeight }
  const pairs = toPairs(who, model, x, isSamples(x) ? undefined : y, weighting)
  const totals = new Totals(model.session.compiled(who))
  try {
    const most = Math.min(pairs.size, (args.steps ?? Number.POSITIVE_INFINITY) * batchSize)
    for (const indices of batches(most, batchSize)) testStep(who, model, pairs, indices, totals)
  } finally {
    disposePairs(pairs)
  }
  return asScalars(who, totals)
}

/** One step of training, or of evaluation, on one batch: the loss, or all figures where there are more. */
export function onBatch(
  who: 'trainOnBatch' | 'testOnBatch',
  model: Trainable,
  x: NamedData,
  y: NamedData,
  weighting: Parameters<typeof toPairs>[4],
): number | number[] {
  const pairs = toPairs(who, model, x, y, weighting)
  const totals = new Totals(model.session.compiled(who))
  try {
    const step = who === 'trainOnBatch' ? trainStep : testStep
    const figures = step(who, model, pairs, indexRange(pairs.size), totals)
    return figures.length === 1 ? figures[0]! : [...figures]
  } finally {
    disposePairs(pairs)
  }
}

/** What `evaluate` returns for figures. */
export function asScalars(who: string, totals: Totals): Tensor | Tensor[] {
  const figures = Object.values(totals.means()).map((value) => fromValues(who, [value], []))
  return figures.length === 1 ? figures[0]! : figures
}
