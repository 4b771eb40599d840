/** The training loop behind `fit`: all samples are there, and each epoch has them in another order. */

import type { History } from '../callbacks/table.ts'
import { ArgumentError, checkInteger, checkNumber, checkOptions, show } from '../errors.ts'
import { checkLoop, LOOP_ARGS, Loop, type LoopArgs, validationLogs, validationPairs } from './loop.ts'
import { disposePairs, type Pairs, splitPairs } from './pairs.ts'
import { batches, indexRange } from './rows.ts'
import { trainStep } from './step.ts'
import { Totals } from './totals.ts'
import type { Trainable } from './trainable.ts'

export interface FitArgs extends LoopArgs {
  /** Samples per step. Default 32. */
  readonly batchSize?: number
  /** The share of the samples, from the end, to evaluate on rather than train. */
  readonly validationSplit?: number
  /** A new order in each epoch, from the model's seed. Default true. */
  readonly shuffle?: boolean
}

/** Trains on rows, in a new order each epoch. */
export async function fitRows(model: Trainable, all: Pairs, args: FitArgs): Promise<History> {
  const who = 'fit'
  checkOptions(who, args, [...LOOP_ARGS, 'batchSize', 'validationSplit', 'shuffle'])
  checkLoop(who, args)
  const { batchSize = 32, shuffle = true, validationSplit } = args
  checkInteger(who, 'batchSize', batchSize, 1)
  if (typeof shuffle !== 'boolean') {
    throw new ArgumentError({ who, expected: 'shuffle to be true or false', received: show(shuffle) })
  }
  const [training, validation] = trainingAndValidation(who, model, all, args.validationData, validationSplit)
  const order = indexRange(training.x.size)
  const loop = new Loop(who, model, args, Math.ceil(order.length / batchSize), order.length)
  try {
    return await loop.run(async (epoch) => {
      if (shuffle) model.random.shuffle.shuffle(order)
      const totals = new Totals(model.metricsNames)
      let batch = 0
      for (const indices of batches(order.length, batchSize, order)) {
        await loop.step(epoch, batch++, indices.length, totals, () => {
          return trainStep(who, model, training, indices)
        })
        if (model.stopTraining) break
      }
      return { ...totals.means(), ...(await validationLogs(loop, model, validation, batchSize)) }
    })
  } finally {
    disposePairs(all)
    if (validation !== undefined) disposePairs(validation)
  }
}

function trainingAndValidation(
  who: string,
  model: Trainable,
  all: Pairs,
  data: LoopArgs['validationData'],
  split: number | undefined,
): [training: Pairs, validation: Pairs | undefined] {
  if (data !== undefined || split === undefined || split === 0) return [all, validationPairs(who, model, data)]
  checkNumber(who, 'validationSplit', split, { min: 0, below: 1 })
  const [first, last] = splitPairs(all, split)
  if (first.x.size > 0 && last.x.size > 0) return [first, last]
  throw new ArgumentError({
    who,
    expected: 'validationSplit to leave samples on both sides',
    received: `${split} of ${all.x.size}`,
  })
}
