/** The namespace `callbacks`. */

export { earlyStopping, learningRateScheduler } from '../callbacks/table.ts'
