/** quadlane in Node. */

export * as io from './api/io.node.ts'
export * as data from './data/index.node.ts'
export * from './exports.ts'
