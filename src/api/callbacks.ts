/** The namespace `callbacks`. */

export { csvLogger } from '../callbacks/csv-logger.ts'
export { earlyStopping } from '../callbacks/early-stopping.ts'
export { learningRateScheduler, reduceLROnPlateau } from '../callbacks/learning-rate.ts'
export { modelCheckpoint } from '../callbacks/model-checkpoint.ts'
export { progress } from '../callbacks/progress.ts'
