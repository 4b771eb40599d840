/** How a run of `train` is set: by flags, by the run that it goes on with, by defaults. */

import { ArgumentError } from '../errors.ts'
import { type OptimizerName, toOptimizer } from '../optimizers/table.ts'
import {
  DEFAULT_BATCH_SIZE,
  DEFAULT_DATA,
  DEFAULT_MODEL,
  DEFAULT_OPTIMIZER,
  defaultEpochs,
  type ModelName,
  RUNS_FOLDER,
} from './defaults.ts'
import type { RuntimeFlags } from './flags.ts'
import { fullDataName } from './images.ts'

export interface TrainFlags extends RuntimeFlags {
  readonly model?: ModelName
  readonly data?: string
  readonly epochs?: number
  readonly batchSize?: number
  readonly optimizer?: OptimizerName
  readonly learningRate?: number
  readonly seed?: number
  readonly limit?: number
  readonly out?: string
  readonly resume?: string
  readonly saveSteps?: number
  readonly saveSeconds?: number
  readonly json?: boolean
}

/** How a model is trained. */
export interface Settings {
  readonly model: ModelName
  /** digits, mnist or the full path of a folder. */
  readonly data: string
  readonly seed: number
  readonly epochs: number
  readonly batchSize: number
  readonly optimizer: OptimizerName
  readonly learningRate: number
  /** The first so many training images; null for all. */
  readonly limit: number | null
}

/** Settings and how far training has come. */
export interface TrainingState extends Settings {
  /** Epochs that are complete. */
  readonly completed: number
  /** Steps of the one after them. */
  readonly steps: number
  /** Steps that the optimizer has taken, an incomplete epoch's among them. */
  readonly iterations: number
}

/** @throws ArgumentError where the run to go on with has no epoch left */
export function settingsOf(who: string, flags: TrainFlags, saved: TrainingState | undefined): Settings {
  const data = flags.data === undefined ? (saved?.data ?? DEFAULT_DATA) : fullDataName(flags.data)
  const optimizer = saved?.optimizer ?? flags.optimizer ?? DEFAULT_OPTIMIZER
  const epochs = flags.epochs ?? saved?.epochs ?? defaultEpochs(data)
  if (saved !== undefined && epochs <= saved.completed) {
    throw new ArgumentError({
      who,
      expected: `--epochs above ${saved.completed}, which the saved run has completed`,
      received: String(epochs),
      hint: `give --epochs ${saved.completed + 1} or more to go on`,
    })
  }
  return {
    model: saved?.model ?? flags.model ?? DEFAULT_MODEL,
    data,
    // 32 bits: short enough to type again.
    seed: saved?.seed ?? flags.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!,
    epochs,
    batchSize: flags.batchSize ?? saved?.batchSize ?? DEFAULT_BATCH_SIZE,
    optimizer,
    learningRate: flags.learningRate ?? saved?.learningRate ?? toOptimizer(who, optimizer).learningRate,
    limit: flags.limit ?? saved?.limit ?? null,
  }
}

/** Where a run is saved without --out: runs/lenet-digits-20250131-235959. */
export function defaultFolder({ model, data }: Settings, now = new Date()): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`
  return `${RUNS_FOLDER}/${model}-${data === 'digits' ? data : 'mnist'}-${day}-${time}`
}
