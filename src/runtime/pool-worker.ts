/**
 * What a helper thread runs: an instance of the kernels over the shared memory, and a loop that waits for dispatches and
 * takes chunks of them. Bundled into a string, so that no user ever hosts a worker file.
 */

import {
  ARGS,
  ARGUMENTS_AT,
  CHUNK,
  CHUNKS,
  CONTROL_WORDS,
  EPOCH,
  EXTENT,
  KERNEL,
  MAX_ARGUMENTS,
  PAGES,
  SPINS,
  takeChunks,
} from './pool-control.ts'

/** What a worker is started with. */
export interface PoolStart {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  /** The kernels by index. */
  readonly names: readonly string[]
  readonly member: number
}

type AnyKernel = (...args: number[]) => void

function serve({ module, memory, names, member }: PoolStart): never {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const kernels = names.map((name) => exports[name] as AnyKernel)
  const control = new Int32Array(memory.buffer, 0, CONTROL_WORDS)
  const values = new Float64Array(memory.buffer, ARGUMENTS_AT, MAX_ARGUMENTS)
  let seen = 0
  let pages = 0
  for (;;) {
    for (let spin = 0; spin < SPINS && Atomics.load(control, EPOCH) === seen; spin++);
    Atomics.wait(control, EPOCH, seen)
    seen = Atomics.load(control, EPOCH)
    // The words of a dispatch stay as they are until its last chunk is done. Where that has happened meanwhile, what is
    // read here may belong to two dispatches; but then the ticket has another number and no chunk is taken.
    const kernel = kernels[Atomics.load(control, KERNEL)]
    const args = Array.from(values.subarray(0, Atomics.load(control, ARGS)))
    const [extent, chunk] = [Atomics.load(control, EXTENT), Atomics.load(control, CHUNK)]
    const chunks = Atomics.load(control, CHUNKS)
    const grown = Atomics.load(control, PAGES)
    if (grown !== pages) {
      // V8 tells other threads of a growth by an interrupt, and a thread that is just starting may miss it for good: its
      // bulk instructions would trap on addresses that exist. Growing by nothing makes the instance look again.
      memory.grow(0)
      pages = grown
    }
    if (kernel !== undefined) takeChunks(control, seen, member, kernel, args, extent, chunk, chunks)
  }
}

type NodeRequire = (id: 'node:worker_threads') => { workerData: PoolStart }

declare const require: NodeRequire | undefined

if (typeof require === 'function') serve(require('node:worker_threads').workerData)
else {
  globalThis.onmessage = ({ data }: MessageEvent<PoolStart>) => {
    // That the script has arrived.
    globalThis.postMessage(undefined)
    serve(data)
  }
}
