/** The builds of a set of kernels, as they are built in. */

import { platform } from '#platform'
import { RuntimeUnavailableError } from '../errors.ts'
import { unbraided } from './braid.ts'
import type { KernelSets } from './wasm/sets.d.ts'

/**
 * One of the compiled builds, by what it uses of SIMD: 'simd' is the baseline; 'wide' is 'relaxed' with tiles for engines
 * that turn pairs of 128-bit operations into 256-bit ones.
 */
export type BuildName = 'simd' | 'relaxed' | 'wide'

/** A set of kernels: each is a module of its own, which a page downloads where it imports an op that runs one of them. */
export type SetName = keyof KernelSets

/**
 * What `wasm/` holds of a set, deflated and in base64: two builds as a braid, which compresses to little more than one of
 * them. The wide one is for engines that were started with a flag: Node has it, and who has such a browser hosts its file.
 */
export interface Builds {
  readonly braid: string
  readonly wide?: string
}

/** A set that is built in; 'kernels' is the module of all. */
export interface BuiltInSet<Name extends SetName | 'kernels' = SetName | 'kernels'> {
  readonly name: Name
  readonly builds: Builds
}

/** The module of a build. */
export function buildBytes({ builds }: BuiltInSet, build: BuildName, who = 'init'): Uint8Array<ArrayBuffer> {
  const { braid, wide } = builds
  if (build !== 'wide') return unbraided(inflated(braid), build === 'simd' ? 0 : 1)
  if (wide !== undefined) return inflated(wide)
  throw new RuntimeUnavailableError({
    who,
    expected: 'wasm to be the URL of kernels.wide.wasm',
    received: 'none',
    hint: 'pages host this build themselves',
  })
}

function inflated(text: string): Uint8Array<ArrayBuffer> {
  return platform.inflate(platform.decodeBase64(text))
}
