/** The builds in Node. */

import { type Builds, inflated } from './builds.ts'

export const builds: Builds = {
  simd: () => import('./wasm/simd.ts').then(inflated),
  relaxed: () => import('./wasm/relaxed.ts').then(inflated),
  wide: () => import('./wasm/wide.ts').then(inflated),
}
