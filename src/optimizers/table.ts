/** Optimizers by name. A new one is a class in its family's file and a line here. */

import { ArgumentError, show } from '../errors.ts'
import { checkName, findName } from '../names.ts'
import type { LearningRate } from '../schedules/table.ts'
import { adam, adamax, adamw } from './adam.ts'
import { adadelta, adagrad, rmsprop } from './adaptive.ts'
import { Optimizer } from './optimizer.ts'
import { momentum, sgd } from './sgd.ts'

interface OptimizerDefinition {
  /** The name in model files. */
  readonly className: string
  /** The learning rate that Keras has for it. */
  readonly learningRate: number
  /** The optimizer of arguments by name. */
  readonly make: (args: never) => Optimizer
}

const OPTIMIZERS = {
  sgd: { className: 'SGD', learningRate: 0.01, make: sgd },
  momentum: { className: 'Momentum', learningRate: 0.01, make: momentum },
  adam: { className: 'Adam', learningRate: 0.001, make: adam },
  adamw: { className: 'AdamW', learningRate: 0.001, make: adamw },
  adamax: { className: 'Adamax', learningRate: 0.001, make: adamax },
  rmsprop: { className: 'RMSProp', learningRate: 0.001, make: rmsprop },
  adagrad: { className: 'Adagrad', learningRate: 0.01, make: adagrad },
  adadelta: { className: 'Adadelta', learningRate: 0.001, make: adadelta },
} as const satisfies Record<string, OptimizerDefinition>

/** An optimizer by its name, with its defaults: 'sgd', 'adam', … */
export type OptimizerName = keyof typeof OPTIMIZERS
export const OPTIMIZER_NAMES = Object.keys(OPTIMIZERS) as OptimizerName[]

/** Names in any case: 'SGD', 'Adam', 'RMSprop'. */
export type OptimizerSpelling =
  | OptimizerName
  | Capitalize<OptimizerName>
  | Uppercase<OptimizerName>
  | 'RMSProp'
  | 'AdamW'

/** An optimizer by its name, or as it is. */
export function toOptimizer(
  who: string,
  given: OptimizerSpelling | Optimizer,
  learningRate?: LearningRate | null,
): Optimizer {
  if (given instanceof Optimizer) return given
  const definition: OptimizerDefinition = OPTIMIZERS[checkName(who, 'optimizer', given, OPTIMIZER_NAMES)]
  return make(definition, { learningRate: learningRate ?? definition.learningRate })
}

function make(definition: OptimizerDefinition, args: object): Optimizer {
  return (definition.make as (args: object) => Optimizer)(args)
}

/** The names that an optimizer has in files, as TF.js and Keras write them. */
export function optimizerFromConfig(
  who: string,
  className: unknown,
  config: Readonly<Record<string, unknown>>,
): Optimizer {
  const name = findName(className, OPTIMIZER_NAMES)
  if (name === undefined) {
    const expected = `an optimizer among ${OPTIMIZER_NAMES.map((each) => OPTIMIZERS[each].className).join(', ')}`
    throw new ArgumentError({ who, expected, received: show(className) })
  }
  const definition = OPTIMIZERS[name]
  return make(definition, { learningRate: definition.learningRate, ...config })
}
