/**
 * What models do with files: save, make a checkpoint and go on from it, give an optimizer's state away. It is one module,
 * which those below import when they are asked for a part of it: a bundler makes a chunk for each set of dynamic imports
 * that share code, and in pages that only train these together would cost more than what they put off.
 */

export { handlerFor } from './io/handlers.ts'
export { modelArtifacts } from './model/save.ts'
export { modelBytes, saveFile } from './model/save-file.ts'
export { optimizerWeights, setOptimizerWeights } from './optimizers/state.ts'
export { restoreCheckpoint } from './training/checkpoint.ts'
