/** The namespace `callbacks`. */

export { earlyStopping, learningRateScheduler } from '../callbacks.ts'
