/** The namespace `callbacks`. */

export type { CsvLoggerArgs, LineWriter } from '../callbacks/csv-logger.ts'
export { csvLogger } from '../callbacks/csv-logger.ts'
export type { EarlyStoppingArgs } from '../callbacks/early-stopping.ts'
export { earlyStopping } from '../callbacks/early-stopping.ts'
export type { ReduceLROnPlateauArgs } from '../callbacks/learning-rate.ts'
export { learningRateScheduler, reduceLROnPlateau } from '../callbacks/learning-rate.ts'
export type { ModelCheckpointArgs } from '../callbacks/model-checkpoint.ts'
export { modelCheckpoint } from '../callbacks/model-checkpoint.ts'
export type { MonitorArgs } from '../callbacks/monitor.ts'
export { progress } from '../callbacks/progress.ts'
