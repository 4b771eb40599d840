/** quadlane in Node. */

import { installChainedOps } from './ops/chain.ts'

export * as io from './api/io.node.ts'
export * as data from './data/index.node.ts'
export * from './exports.ts'

// The one thing that importing the package does: package.json says so.
installChainedOps()
