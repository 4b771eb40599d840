/** Starting up: the runtime, and the ops as methods of tensors. */

import { installChainedOps } from './ops/chain.ts'
import { type InitOptions, startRuntime } from './runtime/runtime.ts'

/**
 * Makes the default runtime: chooses a build of the kernels, loads it, reserves memory. `fit` and `loadLayersModel` call
 * it by themselves; before a bare op it must have been awaited once. Where a runtime exists already, a call without
 * options returns at once; one with options is refused, since tensors live in the memory of the first: call `shutdown()`
 * before.
 * @throws RuntimeUnavailableError where the engine lacks WebAssembly SIMD, or the build that was asked for
 */
export async function init(options?: InitOptions): Promise<void> {
  installChainedOps()
  await startRuntime(options)
}
