/** quadlane in browsers. */

export * as data from './data/index.ts'
export * from './exports.ts'
