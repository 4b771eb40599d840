/** The options that layers have for each of their weights: kernelInitializer, kernelRegularizer, kernelConstraint. */

import { type Constraint, type ConstraintConfig, type ConstraintName, toConstraint } from '../constraints/table.ts'
import { type Initializer, type InitializerConfig, type InitializerName, toInitializer } from '../initializers/table.ts'
import { type Regularizer, type RegularizerConfig, type RegularizerName, toRegularizer } from '../regularizers/table.ts'
import type { LayerConfig } from './layer.ts'

/** What a weight starts from: a name, an initializer, or what files have of one. */
export type InitializerOption = InitializerName | Initializer | InitializerConfig
/** A penalty that training adds to the loss; default none. */
export type RegularizerOption = RegularizerName | Regularizer | RegularizerConfig | null
/** Where the weight is projected after each update; default none. */
export type ConstraintOption = ConstraintName | Constraint | ConstraintConfig | null

/** What a weight starts from, is penalized by and is bound to. */
export interface WeightOptions {
  readonly initializer: Initializer
  readonly regularizer: Regularizer | undefined
  readonly constraint: Constraint | undefined
}

/** The names of a weight's options: those of 'kernel' are kernelInitializer, kernelRegularizer and kernelConstraint. */
export function weightOptionNames(weight: string): string[] {
  return [`${weight}Initializer`, `${weight}Regularizer`, `${weight}Constraint`]
}

/** The options of a weight out of a layer's arguments. */
export function weightOptions(who: string, args: object, weight: string, initializer: InitializerName): WeightOptions {
  const [first, second, third] = weightOptionNames(weight) as [string, string, string]
  const given = args as Readonly<Record<string, unknown>>
  return {
    initializer: toInitializer(who, first, (given[first] ?? initializer) as InitializerOption),
    regularizer: toRegularizer(who, second, given[second] as RegularizerOption),
    constraint: toConstraint(who, third, given[third] as ConstraintOption),
  }
}

/** The arguments that make the options again. */
export function weightConfig(weight: string, options: WeightOptions): LayerConfig {
  const [initializer, regularizer, constraint] = weightOptionNames(weight) as [string, string, string]
  return {
    [initializer]: options.initializer,
    [regularizer]: options.regularizer ?? null,
    [constraint]: options.constraint ?? null,
  }
}
