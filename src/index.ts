/** quadlane in browsers. */

import { installChainedOps } from './ops/chain.ts'

export * as io from './api/io.ts'
export * as data from './data/index.ts'
export * from './exports.ts'

// The one thing that importing the package does: package.json says so.
installChainedOps()
