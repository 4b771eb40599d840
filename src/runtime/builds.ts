/**
 * The builds that are built in, each loaded when it is chosen. `#builds` is the list that runs: Node's, that of bundled
 * pages, or that of the single file.
 */

import { platform } from '#platform'
import type { BuildName } from './load.ts'

export type Builds = Partial<Record<BuildName, () => Promise<Uint8Array<ArrayBuffer>>>>

/** The bytes that a module of `wasm/` holds, deflated and in base64. */
export function inflated({ wasm }: { readonly wasm: string }): Promise<Uint8Array<ArrayBuffer>> {
  return platform.inflate(platform.decodeBase64(wasm))
}
