/** The builds of a set of kernels, as they are built in. */

import { platform } from '#platform'
import { RuntimeUnavailableError } from '../errors.ts'
import { fuse } from './fuse.ts'
import type { KernelSets } from './wasm/sets.d.ts'

/**
 * One of the compiled builds, by what it uses of SIMD: 'simd' is the baseline; 'wide' is 'relaxed' with tiles for engines
 * that turn pairs of 128-bit operations into 256-bit ones.
 */
export type BuildName = 'simd' | 'relaxed' | 'wide'

/** A set of kernels: each is a module of its own, which a page downloads where it imports an op that runs one of them. */
export type SetName = keyof KernelSets

/**
 * What `wasm/` holds of a set: its builds one after the other, packed as one and in base64. The relaxed one is made of the
 * baseline. The wide one is for engines that were started with a flag: Node has it, and who has such a browser hosts its
 * file.
 */
export interface Builds {
  readonly packed: string
  /** How many bytes each has, in their order. */
  readonly sizes: { readonly [Build in Exclude<BuildName, 'relaxed'>]?: number }
}

/** A set that is built in; 'kernels' is the module of all. */
export interface BuiltInSet<Name extends SetName | 'kernels' = SetName | 'kernels'> {
  readonly name: Name
  readonly builds: Builds
}

/** The module of a build. */
export function buildBytes({ builds }: BuiltInSet, build: BuildName, who = 'init'): Uint8Array<ArrayBuffer> {
  let begin = 0
  for (const [name, size] of Object.entries(builds.sizes)) {
    const end = begin + size
    if (name === (build === 'relaxed' ? 'simd' : build)) {
      const bytes = platform.unpack(platform.decodeBase64(builds.packed), end).slice(begin)
      return build === 'relaxed' ? fuse(bytes) : bytes
    }
    begin = end
  }
  throw new RuntimeUnavailableError({
    who,
    expected: 'wasm to be the URL of kernels.wide.wasm',
    received: 'none',
    hint: 'pages host this build themselves',
  })
}
