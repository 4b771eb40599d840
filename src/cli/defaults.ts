/** What the commands do where no flag says otherwise: in one place, so that help texts and runs agree. */

import type { Sequential } from '../model/sequential.ts'
import type { OptimizerName } from '../optimizers/table.ts'
import { lenet, lenet5, mlp, type ZooArgs } from '../zoo/index.ts'

/** The models that a name on the command line stands for. */
export const MODELS = { lenet, lenet5, mlp } as const satisfies Record<string, (args: ZooArgs) => Sequential>

export type ModelName = keyof typeof MODELS
export const MODEL_NAMES = Object.keys(MODELS) as ModelName[]

export const DEFAULT_MODEL: ModelName = 'lenet'
export const DEFAULT_DATA = 'digits'
export const DEFAULT_OPTIMIZER: OptimizerName = 'adam'
export const DEFAULT_BATCH_SIZE = 128
/** The folder, below the current one, that runs are saved in. */
export const RUNS_FOLDER = 'runs'

/** How many built-in digits are drawn, and from which seeds: fixed, so that runs of different seeds see the same data. */
export const DIGITS = {
  training: { count: 12_000, seed: 0 },
  validation: { count: 2_000, seed: 1 },
} as const

/** Epochs by data: the built-in digits train in a minute or two, MNIST as long as its table in the docs. */
export function defaultEpochs(data: string): number {
  return data === 'digits' ? 3 : 10
}

/** Images that `predict` shows of a file where --index does not choose. */
export const SHOWN_IMAGES = 5
