/**
 * What a helper thread runs: instances of the kernels over the shared memory, and a loop that waits for dispatches and
 * takes chunks of them. Within the loop no message arrives, so it ends where one with a module is on its way. Bundled into
 * a string, so that no user ever hosts a worker file.
 */

import {
  ARGS,
  ARGUMENTS_AT,
  CHUNK,
  CHUNKS,
  CONTROL_WORDS,
  EPOCH,
  EXTENT,
  IDLE_MS,
  KERNEL,
  MAX_ARGUMENTS,
  MODULES,
  PAGES,
  spinWhile,
  takeChunks,
} from './pool-control.ts'

/** The first message of a helper. */
export interface PoolStart {
  readonly memory: WebAssembly.Memory
  readonly member: number
}

/** Each that follows: a module, and its kernels in the order of their indices, which go on where the last ended. */
export interface PoolModule {
  readonly module: WebAssembly.Module
  readonly names: readonly string[]
}

type AnyKernel = (...args: number[]) => void

let started: PoolStart
const kernels: AnyKernel[] = []
let modules = 0
/** The last dispatch that was seen, and the size of the memory then. */
let seen = 0
let pages = 0

function receive(message: PoolStart | PoolModule): void {
  if ('memory' in message) {
    started = message
    return
  }
  const { exports } = new WebAssembly.Instance(message.module, { env: { memory: started.memory } })
  kernels.push(...message.names.map((name) => exports[name] as AnyKernel))
  modules++
  serve(started)
}

function serve({ memory, member }: PoolStart): void {
  const control = new Int32Array(memory.buffer, 0, CONTROL_WORDS)
  const values = new Float64Array(memory.buffer, ARGUMENTS_AT, MAX_ARGUMENTS)
  while (Atomics.load(control, MODULES) === modules) {
    spinWhile(control, EPOCH, seen, IDLE_MS)
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
    // There is none where it belongs to a module that has not arrived.
    if (kernel !== undefined) takeChunks(control, seen, member, kernel, args, extent, chunk, chunks)
  }
}

interface NodePort {
  on(event: 'message', listener: (message: PoolStart | PoolModule) => void): void
}

declare const require: ((id: 'node:worker_threads') => { parentPort: NodePort }) | undefined

if (typeof require === 'function') require('node:worker_threads').parentPort.on('message', receive)
else {
  globalThis.onmessage = ({ data }: MessageEvent<PoolStart | PoolModule>) => {
    // That the script has arrived.
    globalThis.postMessage(undefined)
    receive(data)
  }
}
