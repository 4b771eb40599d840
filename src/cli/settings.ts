/** How a run of `train` is set: by flags, by the run that it goes on with, by defaults. */

import { basename } from 'node:path'
import { ArgumentError } from '../errors.ts'
import { type OptimizerName, toOptimizer } from '../optimizers/table.ts'
import { type DataKind, fullDataName } from './data-kind.ts'
import {
  DEFAULT_BATCH_SIZE,
  DEFAULT_DATA,
  DEFAULT_EPOCHS,
  DEFAULT_MODEL,
  DEFAULT_OPTIMIZER,
  DEFAULT_PICTURE_BATCH_SIZE,
  DEFAULT_PICTURE_MODEL,
  DEFAULT_SIZE,
  type ModelName,
  RUNS_FOLDER,
} from './defaults.ts'
import type { RuntimeFlags } from './flags.ts'

export interface TrainFlags extends RuntimeFlags {
  readonly model?: ModelName
  readonly from?: string
  readonly range?: readonly [number, number]
  readonly data?: string
  readonly size?: number
  readonly augment?: boolean
  readonly epochs?: number
  readonly batchSize?: number
  readonly optimizer?: OptimizerName
  readonly learningRate?: number
  readonly seed?: number
  readonly limit?: number
  readonly out?: string
  readonly force?: boolean
  readonly resume?: string
  readonly saveSteps?: number
  readonly saveSeconds?: number
  readonly plots?: boolean
  readonly json?: boolean
}

/** How a model is trained. */
export interface Settings {
  /** Null where `from` says. */
  readonly model: ModelName | null
  /** digits, mnist or the full path of a folder. */
  readonly data: string
  readonly seed: number
  readonly epochs: number
  readonly batchSize: number
  readonly optimizer: OptimizerName
  readonly learningRate: number
  /** The first so many training images; null for all. */
  readonly limit: number | null
  /** The side that pictures are brought to; null for digits, and where the model of `from` says. */
  readonly size: number | null
  /** Whether pictures are varied while training. */
  readonly augment: boolean
  /** The model that gets a new head; null for a new one. */
  readonly from: string | null
  /** What black and white are to that model. */
  readonly range: readonly [number, number]
}

/** Settings and how far training has come. */
export interface TrainingState extends Settings {
  /** Epochs that are complete. */
  readonly completed: number
  /** Steps of the one after them. */
  readonly steps: number
  /** Steps that the optimizer has taken, an incomplete epoch's among them. */
  readonly iterations: number
  /** What the classes are called; null for digits. */
  readonly classNames: readonly string[] | null
  /** The figures of the epochs so far. */
  readonly history: readonly Figures[]
}

/** The figures of an epoch that plots show. */
export interface Figures {
  readonly loss: number
  readonly accuracy: number
  readonly valLoss: number
  readonly valAccuracy: number
}

/**
 * @param kind what `data` is, by the flag or by the saved run
 * @throws ArgumentError where the run to go on with has no epoch left
 */
export function settingsOf(
  who: string,
  flags: TrainFlags,
  saved: TrainingState | undefined,
  kind: DataKind = 'digits',
): Settings {
  const data = flags.data === undefined ? (saved?.data ?? DEFAULT_DATA) : fullDataName(flags.data)
  const optimizer = saved?.optimizer ?? flags.optimizer ?? DEFAULT_OPTIMIZER
  const epochs = flags.epochs ?? saved?.epochs ?? DEFAULT_EPOCHS[kind]
  const isFolder = kind === 'pictures'
  if (saved !== undefined && epochs <= saved.completed) {
    throw new ArgumentError({
      who,
      expected: `--epochs above ${saved.completed}, which the saved run has completed`,
      received: String(epochs),
      hint: `give --epochs ${saved.completed + 1} or more to go on`,
    })
  }
  const forPictures = (['size', 'augment', 'from'] as const).find((name) => flags[name] !== undefined)
  if (!isFolder && forPictures !== undefined) {
    const received = `${data} beside it`
    throw new ArgumentError({ who, expected: `--${forPictures} with a folder of pictures as --data`, received })
  }
  if (flags.range !== undefined && flags.from === undefined) {
    throw new ArgumentError({ who, expected: '--range with the model of --from', received: 'none' })
  }
  const batchSize = isFolder ? DEFAULT_PICTURE_BATCH_SIZE : DEFAULT_BATCH_SIZE
  const from = saved === undefined ? (flags.from ?? null) : saved.from
  const model = from === null ? (flags.model ?? (isFolder ? DEFAULT_PICTURE_MODEL : DEFAULT_MODEL)) : null
  const size = isFolder ? (flags.size ?? (from === null ? DEFAULT_SIZE : null)) : null
  return {
    model: saved === undefined ? model : saved.model,
    data,
    // 32 bits: short enough to type again.
    seed: saved?.seed ?? flags.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!,
    epochs,
    batchSize: flags.batchSize ?? saved?.batchSize ?? batchSize,
    optimizer,
    learningRate: flags.learningRate ?? saved?.learningRate ?? toOptimizer(who, optimizer).learningRate,
    limit: flags.limit ?? saved?.limit ?? null,
    size: saved === undefined ? size : saved.size,
    augment: saved?.augment ?? flags.augment ?? false,
    from,
    range: saved?.range ?? flags.range ?? [0, 1],
  }
}

/** Where a run is saved without --out: runs/lenet-digits-20250131-235959. */
export function defaultFolder({ model, from, data }: Settings, kind: DataKind, now = new Date()): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`
  const plain = (name: string): string => name.replace(/\.\w+$/, '').replace(/[^\w-]+/g, '-')
  const network = model ?? plain(basename(from ?? 'model'))
  return `${RUNS_FOLDER}/${network}-${kind === 'pictures' ? plain(basename(data)) : kind}-${day}-${time}`
}
