/** TF.js's names for the classes of optimizers: `new AdamOptimizer(0.001)` is `train.adam(0.001)`. */

import { adam, adamax } from '../optimizers/adam.ts'
import { adadelta, adagrad, rmsprop } from '../optimizers/adaptive.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import { momentum, sgd } from '../optimizers/sgd.ts'

/** A class whose constructor takes what a function of `train` takes. */
export interface OptimizerClass<Args extends readonly unknown[]> {
  new (...args: Args): Optimizer
  /** The name in files: 'Adam'. */
  readonly className: string
  /**
   * An optimizer by what `getConfig` gave.
   * @param type as TF.js wants it: the class itself
   * @param config the arguments by their names
   */
  fromConfig(type: unknown, config: Readonly<Record<string, unknown>>): Optimizer
}

function optimizerClass<Args extends readonly unknown[]>(
  className: string,
  make: (...args: Args) => Optimizer,
): OptimizerClass<Args> {
  // A constructor that returns an object gives that object.
  function Made(...args: Args): Optimizer {
    return make(...args)
  }
  const statics = {
    className,
    fromConfig: (_: unknown, config: Readonly<Record<string, unknown>>) => make(...([config] as unknown as Args)),
  }
  Object.defineProperty(Made, Symbol.hasInstance, {
    value: (object: { readonly className?: unknown } | null | undefined) => object?.className === className,
  })
  return Object.assign(Made, statics) as unknown as OptimizerClass<Args>
}

/** `train.sgd`. */
export const SGDOptimizer = /* @__PURE__ */ optimizerClass('SGD', sgd)
/** `train.momentum`. */
export const MomentumOptimizer = /* @__PURE__ */ optimizerClass('Momentum', momentum)
/** `train.adam`. */
export const AdamOptimizer = /* @__PURE__ */ optimizerClass('Adam', adam)
/** `train.adamax`. */
export const AdamaxOptimizer = /* @__PURE__ */ optimizerClass('Adamax', adamax)
/** `train.adadelta`. */
export const AdadeltaOptimizer = /* @__PURE__ */ optimizerClass('Adadelta', adadelta)
/** `train.adagrad`. */
export const AdagradOptimizer = /* @__PURE__ */ optimizerClass('Adagrad', adagrad)
/** `train.rmsprop`. */
export const RMSPropOptimizer = /* @__PURE__ */ optimizerClass('RMSProp', rmsprop)
