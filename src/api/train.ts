/** The namespace `train`: the optimizers. */

export { adam, adamax, adamw } from '../optimizers/adam.ts'
export { adadelta, adagrad, rmsprop } from '../optimizers/adaptive.ts'
export { Optimizer } from '../optimizers/optimizer.ts'
export { momentum, sgd } from '../optimizers/sgd.ts'
