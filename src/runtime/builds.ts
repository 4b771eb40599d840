/**
 * The builds that are built in, each loaded when it is chosen. `#builds` is the list that runs: Node's, that of bundled
 * pages, or that of the single file.
 */

import { platform } from '#platform'

/**
 * One of the compiled builds, by what it uses of SIMD: 'simd' is the baseline; 'wide' is 'relaxed' with tiles for engines
 * that turn pairs of 128-bit operations into 256-bit ones.
 */
export type BuildName = 'simd' | 'relaxed' | 'wide'

export type Builds = Partial<Record<BuildName, () => Promise<Uint8Array<ArrayBuffer>>>>

/** The bytes that a module of `wasm/` holds, deflated and in base64. */
export function inflated({ wasm }: { readonly wasm: string }): Promise<Uint8Array<ArrayBuffer>> {
  return platform.inflate(platform.decodeBase64(wasm))
}
