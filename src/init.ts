/** Starting up: the runtime, and the ops as methods of tensors. */

import { installChainedOps } from './ops/chain.ts'
import { type InitOptions, startRuntime } from './runtime/runtime.ts'

/**
 * Makes the default runtime: chooses a build of the kernels, reserves memory, starts threads. The first op does so by
 * itself, with the defaults; `init` is for other options, and is to come before it. It may be called again: where a runtime
 * exists it returns at once, unless it is asked for something else than what is so, which is refused, since tensors live
 * in the memory of the first: call `shutdown()` before.
 * @param options default: as many threads as the machine has cores, the fastest build that runs
 * @throws RuntimeUnavailableError where the engine lacks WebAssembly SIMD, or the build that was asked for; StateError
 *   where there is a runtime with other options, or `shutdown()` came before it was done
 * @example
 * await init()
 * console.log(info().threads >= 1) // true
 */
export async function init(options?: InitOptions): Promise<void> {
  installChainedOps()
  await startRuntime(options)
}
