/** The builds in the file that holds all: as one braid, which compresses to little more than one of them. */

import { unbraided } from './braid.ts'
import { type Builds, inflated } from './builds.ts'
import * as braid from './wasm/braid.ts'

const strand = async (at: number): Promise<Uint8Array<ArrayBuffer>> => unbraided(await inflated(braid), at)

export const builds: Builds = {
  simd: () => strand(0),
  relaxed: () => strand(1),
}
