/** The training loop behind `fitDataset`: batches come from an iterable. */

import type { History, Logs } from '../callbacks/callback.ts'
import { ArgumentError, checkInteger, checkOptions } from '../errors.ts'
import { evaluateStream } from './evaluate-dataset.ts'
import {
  asValidation,
  checkLoop,
  type Epoch,
  LOOP_ARGS,
  Loop,
  type LoopArgs,
  validationLogs,
  validationPairs,
} from './loop.ts'
import { type ClassWeights, disposePairs, toPairs } from './pairs.ts'
import { type Batch, indexRange } from './rows.ts'
import { isSamples } from './samples.ts'
import { trainStep } from './step.ts'
import { BatchSource, disposeBatch, isStream, type Stream } from './stream.ts'
import type { Trainable } from './trainable.ts'

/** What `fitDataset` takes. */
export interface FitDatasetArgs extends Omit<LoopArgs, 'validationData'> {
  /** A data set of samples, [x, y], or one of batches, to evaluate after each epoch. */
  readonly validationData?: LoopArgs['validationData'] | Stream | (() => Stream)
  /** Steps that make an epoch. Default as many as the data set gives. */
  readonly batchesPerEpoch?: number | null
  /** At most so many batches of a validation data set. */
  readonly validationBatches?: number | null
  /** How much the samples of each class count. Default 1. */
  readonly classWeight?: ClassWeights | null
}

/** Trains on batches as they come; an epoch ends with the iteration or after `batchesPerEpoch`. */
export async function fitDataset(
  model: Trainable,
  dataset: Stream | (() => Stream),
  given: FitDatasetArgs | null | undefined,
): Promise<History> {
  const who = 'fitDataset'
  const args = given ?? {}
  checkOptions(who, args, [...LOOP_ARGS, 'batchesPerEpoch', 'validationBatches', 'classWeight'])
  const { validationData } = args
  const stream = isStream(validationData) && !isSamples(validationData) ? validationData : undefined
  const loopArgs = { ...args, validationData: stream === undefined ? validationData : undefined } as LoopArgs
  checkLoop(who, loopArgs)
  const batchesPerEpoch = args.batchesPerEpoch ?? undefined
  const validationBatchSize = args.validationBatchSize ?? 32
  if (batchesPerEpoch !== undefined) checkInteger(who, 'batchesPerEpoch', batchesPerEpoch, 1)
  const data = { samples: null, batchSize: null, shuffle: false }
  const { size } = dataset as { readonly size?: unknown }
  const steps = batchesPerEpoch ?? (Number.isInteger(size) ? (size as number) : undefined)
  const loop = new Loop(who, model, loopArgs, steps, data)
  const source = new BatchSource(who, dataset)
  const validation = validationPairs(who, model, loopArgs, validationBatchSize)
  const validate = async (): Promise<Logs> => {
    if (stream === undefined) return validationLogs(loop, model, validation, validationBatchSize)
    const batches = args.validationBatches ?? args.validationSteps ?? undefined
    return asValidation((await evaluateStream(`${who}, validationData`, model, stream, batches)).means())
  }
  const trainOn = async ({ xs, ys }: Batch, epoch: Epoch, batch: number): Promise<void> => {
    const pairs = toPairs(who, model, xs, ys, { classWeight: args.classWeight ?? null })
    try {
      await loop.step(epoch, batch, pairs.size, () =>
        trainStep(who, model, pairs, indexRange(pairs.size), epoch.totals),
      )
    } finally {
      disposePairs(pairs)
    }
  }
  const runEpoch = async (epoch: Epoch): Promise<Logs> => {
    let batch = 0
    while (batch < (batchesPerEpoch ?? Number.POSITIVE_INFINITY) && !model.stopTraining) {
      const next = await source.next(batchesPerEpoch !== undefined)
      if (next === undefined) break
      try {
        // An earlier run has trained on those before `from`.
        if (batch >= epoch.from) await trainOn(next, epoch, batch)
        batch++
      } finally {
        disposeBatch(next)
      }
    }
    if (batch === 0) throw new ArgumentError({ who, expected: 'a data set with batches', received: 'none in an epoch' })
    return { ...epoch.totals.means(), ...(await validate()) }
  }
  try {
    return await loop.run(runEpoch)
  } finally {
    if (validation !== undefined) disposePairs(validation)
    await source.close()
  }
}
