/** What the commands do where no flag says otherwise: in one place, so that help texts and runs agree. */

import type { LayersModel } from '../model/model.ts'
import type { OptimizerName } from '../optimizers/table.ts'
import type { Shape } from '../shape.ts'
import { cifarNet, lenet, lenet5, mlp, mobileNet, resNet } from '../zoo/index.ts'
import type { DataKind } from './data-kind.ts'

/** What a network is made for. */
export interface NetworkArgs {
  readonly inputShape?: Shape
  readonly classes?: number
  readonly seed?: number
}

/** The models that a name on the command line stands for. */
export const MODELS = {
  lenet,
  lenet5,
  mlp,
  cifarNet,
  // A quarter of the paper's width: pictures on a command line are few.
  mobileNet: (args?: NetworkArgs) => mobileNet({ alpha: 0.25, ...args }),
  resNet,
} as const satisfies Record<string, (args?: NetworkArgs) => LayersModel>

export type ModelName = keyof typeof MODELS
export const MODEL_NAMES = Object.keys(MODELS) as ModelName[]
/** Those that are made for digits. */
export const DIGIT_MODEL_NAMES: readonly ModelName[] = ['lenet', 'lenet5', 'mlp']

export const DEFAULT_MODEL: ModelName = 'lenet'
export const DEFAULT_PICTURE_MODEL: ModelName = 'cifarNet'
export const DEFAULT_DATA = 'digits'
export const DEFAULT_OPTIMIZER: OptimizerName = 'adam'
export const DEFAULT_BATCH_SIZE = 128
/** Pictures are few and large. */
export const DEFAULT_PICTURE_BATCH_SIZE = 32
/** The side that pictures are brought to. */
export const DEFAULT_SIZE = 64
/** The folder, below the current one, that runs are saved in. */
export const RUNS_FOLDER = 'runs'

/** How many built-in digits are drawn, and from which seeds: fixed, so that runs of different seeds see the same data. */
export const DIGITS = {
  training: { count: 12_000, seed: 0 },
  validation: { count: 2_000, seed: 1 },
} as const

/** Epochs by data: the built-in digits train in a minute or two, MNIST as long as its table in the docs. */
export const DEFAULT_EPOCHS: Readonly<Record<DataKind, number>> = { digits: 3, mnist: 10, pictures: 20 }

/** Images that `predict` shows of a file where --index does not choose. */
export const SHOWN_IMAGES = 5
