/** quadlane in browsers. */

export * as io from './api/io.ts'
export * as data from './data/index.ts'
export * from './exports.ts'
