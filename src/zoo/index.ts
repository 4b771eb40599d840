/** Models to start from. */

export { lenet, type ZooArgs } from './lenet.ts'
export { lenet5 } from './lenet5.ts'
export { mlp } from './mlp.ts'
