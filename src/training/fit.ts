/** The training loop behind `fit`: all samples are there, and each epoch has them in another order. */

import type { History } from '../callbacks/callback.ts'
import { ArgumentError, checkInteger, checkNumber, checkOptions, show } from '../errors.ts'
import { type CachedTraining, cachedTraining, type Stepped } from './frozen-cache.ts'
import { checkLoop, firstSteps, LOOP_ARGS, Loop, type LoopArgs, validationLogs, validationPairs } from './loop.ts'
import { disposePairs, type NamedData, type Pairs, splitPairs, toPairs, type Weighting } from './pairs.ts'
import { batches, indexRange } from './rows.ts'
import { isSamples, type Samples } from './samples.ts'
import { trainStep } from './step.ts'
import type { Trainable } from './trainable.ts'

/** What `fit` takes. */
export interface FitArgs extends LoopArgs, Weighting {
  /** Samples per step. Default 32. */
  readonly batchSize?: number | null
  /** The share of the samples, from the end, to evaluate on rather than train. */
  readonly validationSplit?: number | null
  /** A new order in each epoch, from the model's seed. Default true. */
  readonly shuffle?: boolean | null
  /**
   * Whether the outputs of frozen layers in front are kept from epoch to epoch, which changes no bit: 'auto' where they
   * take at most 256 MiB, which `verbose` tells; false never. Default 'auto'.
   */
  readonly cacheFrozen?: 'auto' | false | null
  /** Steps that make an epoch, each with the first batches of its order. Default all. */
  readonly stepsPerEpoch?: number | null
}

const FIT_ARGS = [
  'batchSize',
  'validationSplit',
  'shuffle',
  'stepsPerEpoch',
  'sampleWeight',
  'classWeight',
  'cacheFrozen',
] as const

/** Trains on rows, in a new order each epoch. */
export async function fit(
  model: Trainable,
  x: Samples | NamedData,
  y: NamedData | undefined,
  given: FitArgs | null | undefined,
): Promise<History> {
  const who = 'fit'
  const args = given ?? {}
  checkOptions(who, args, [...LOOP_ARGS, ...FIT_ARGS])
  checkLoop(who, args)
  const [batchSize, shuffle] = [args.batchSize ?? 32, args.shuffle ?? true]
  checkInteger(who, 'batchSize', batchSize, 1)
  if (typeof shuffle !== 'boolean') {
    throw new ArgumentError({ who, expected: 'shuffle to be true or false', received: show(shuffle) })
  }
  const cacheFrozen = args.cacheFrozen ?? 'auto'
  if (cacheFrozen !== 'auto' && cacheFrozen !== false) {
    throw new ArgumentError({ who, expected: "cacheFrozen to be 'auto' or false", received: show(cacheFrozen) })
  }
  const all = toPairs(who, model, x, isSamples(x) ? undefined : y, args)
  let validation: Pairs | undefined
  try {
    const validationBatchSize = args.validationBatchSize ?? batchSize
    const [training, held] = trainingAndValidation(who, model, all, args, validationBatchSize)
    validation = held
    const steps = stepsOf(who, training.size, batchSize, args.stepsPerEpoch ?? undefined)
    const data = { samples: training.size, batchSize, shuffle }
    const loop = new Loop(who, model, args, steps, data)
    const cache = new Cache(model, training, cacheFrozen !== false && (args.epochs ?? 1) > 1, Number(args.verbose ?? 0))
    return await loop.run(async (epoch) => {
      const { model: stepped, pairs } = await cache.present()
      const order = indexRange(training.size)
      if (shuffle) model.random.shuffle.shuffle(order)
      let batch = epoch.from
      for (const indices of batches(Math.min(order.length, steps * batchSize), batchSize, order, batch * batchSize)) {
        await loop.step(epoch, batch++, indices.length, () => trainStep(who, stepped, pairs, indices, epoch.totals))
        if (model.stopTraining) break
      }
      return { ...epoch.totals.means(), ...(await validationLogs(loop, model, validation, validationBatchSize)) }
    })
  } finally {
    disposePairs(all)
    if (validation !== undefined) disposePairs(validation)
  }
}

function stepsOf(who: string, samples: number, batchSize: number, wanted: number | undefined): number {
  const all = Math.ceil(samples / batchSize)
  if (wanted === undefined) return all
  checkInteger(who, 'stepsPerEpoch', wanted, 1, all)
  return wanted
}

function trainingAndValidation(
  who: string,
  model: Trainable,
  all: Pairs,
  args: FitArgs,
  batchSize: number,
): [training: Pairs, validation: Pairs | undefined] {
  const split = args.validationSplit ?? 0
  if ((args.validationData ?? undefined) !== undefined || split === 0) {
    return [all, validationPairs(who, model, args, batchSize)]
  }
  checkNumber(who, 'validationSplit', split, { min: 0, below: 1 })
  const [first, last] = splitPairs(all, split)
  if (first.size > 0 && last.size > 0) return [first, firstSteps(last, args, batchSize)]
  throw new ArgumentError({
    who,
    expected: 'validationSplit to leave samples on both sides',
    received: `${split} of ${all.size}`,
  })
}

/** What the steps of an epoch train: the model, or what is behind its frozen front as long as the same layers are frozen. */
class Cache {
  readonly #model: Trainable
  readonly #pairs: Pairs
  readonly #wanted: boolean
  readonly #verbose: number
  #trained: string | undefined
  #cached: CachedTraining | undefined

  constructor(model: Trainable, pairs: Pairs, wanted: boolean, verbose: number) {
    this.#model = model
    this.#pairs = pairs
    this.#wanted = wanted
    this.#verbose = verbose
  }

  async present(): Promise<{ readonly model: Stepped; readonly pairs: Pairs }> {
    const plain = { model: this.#model, pairs: this.#pairs }
    if (!this.#wanted) return plain
    const trained = this.#model.trainableWeights.map(({ name }) => name).join()
    if (trained !== this.#trained) {
      this.#trained = trained
      const split = this.#model.frozenFront()
      this.#cached = split && cachedTraining(this.#model, split, this.#pairs, this.#verbose > 0)
    }
    return this.#cached ?? plain
  }
}
