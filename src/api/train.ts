/** The namespace `train`: the optimizers. */

export { adagrad, adam, adamw, momentum, Optimizer, rmsprop, sgd } from '../optimizers/table.ts'
