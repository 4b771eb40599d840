/** The namespace `train`: the optimizers. */

export type { AdamArgs, AdamaxArgs, AdamWArgs } from '../optimizers/adam.ts'
export { adam, adamax, adamw } from '../optimizers/adam.ts'
export type { AdadeltaArgs, AdagradArgs, RMSPropArgs } from '../optimizers/adaptive.ts'
export { adadelta, adagrad, rmsprop } from '../optimizers/adaptive.ts'
export { Optimizer } from '../optimizers/optimizer.ts'
export type { MomentumArgs } from '../optimizers/sgd.ts'
export { momentum, sgd } from '../optimizers/sgd.ts'
