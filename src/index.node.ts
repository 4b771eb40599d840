/** quadlane in Node. */

export * as data from './data/index.node.ts'
export * from './exports.ts'
