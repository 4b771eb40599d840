/**
 * The builds in pages, a chunk each. The wide one is for engines that were started with a flag: who has such a one hosts
 * its file, and nobody else's bundler has to write it.
 */

import { type Builds, inflated } from './builds.ts'

export const builds: Builds = {
  simd: () => import('./wasm/simd.ts').then(inflated),
  relaxed: () => import('./wasm/relaxed.ts').then(inflated),
}
