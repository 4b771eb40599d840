/** Loss and metrics without training, over batches as they come. */

import { ArgumentError, checkInteger, checkOptions } from '../errors.ts'
import type { Tensor } from '../tensor.ts'
import { asScalars } from './evaluate.ts'
import { disposePairs, toPairs } from './pairs.ts'
import { indexRange } from './rows.ts'
import { testStep } from './step.ts'
import { BatchSource, disposeBatch, type Stream } from './stream.ts'
import { Totals } from './totals.ts'
import type { Trainable } from './trainable.ts'

/** What `evaluateDataset` takes. */
export interface EvaluateDatasetArgs {
  /** At most so many batches. Default all. */
  readonly batches?: number | null
  /** Nothing is printed; accepted for ported code. */
  readonly verbose?: number | boolean | null
}

export async function evaluateDataset(
  model: Trainable,
  dataset: Stream | (() => Stream),
  given: EvaluateDatasetArgs | null | undefined,
): Promise<Tensor | Tensor[]> {
  const who = 'evaluateDataset'
  const args = given ?? {}
  checkOptions(who, args, ['batches', 'verbose'])
  return asScalars(who, await evaluateStream(who, model, dataset, args.batches ?? undefined))
}

/** The figures of batches that a stream gives, which are disposed. */
export async function evaluateStream(
  who: string,
  model: Trainable,
  dataset: Stream | (() => Stream),
  most: number | undefined,
): Promise<Totals> {
  if (most !== undefined) checkInteger(who, 'batches', most, 1)
  const totals = new Totals(model.session.compiled(who))
  const source = new BatchSource(who, dataset)
  let count = 0
  try {
    for (; count < (most ?? Number.POSITIVE_INFINITY); count++) {
      const next = await source.next(false)
      if (next === undefined) break
      try {
        const pairs = toPairs(who, model, next.xs, next.ys)
        try {
          testStep(who, model, pairs, indexRange(pairs.size), totals)
        } finally {
          disposePairs(pairs)
        }
      } finally {
        disposeBatch(next)
      }
    }
  } finally {
    await source.close()
  }
  if (count === 0) throw new ArgumentError({ who, expected: 'a data set with batches', received: 'none' })
  return totals
}
