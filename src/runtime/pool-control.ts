/**
 * The words through which the threads of a pool agree, at the start of the shared memory, below what the allocator gives
 * away. A dispatch is a kernel, its arguments and a range that is cut into chunks. Its ticket holds the number of the
 * dispatch and the next chunk to take: whoever swaps the ticket for the next one owns the chunk, and a thread that slept
 * through a dispatch can not take a chunk of another by mistake, since the number has changed. The ticket is closed, by a
 * chunk number that no dispatch has, while the words of the next dispatch are written.
 *
 *     word      0        1         2        3         4        5         6         7         8        9       10
 *           ┌────────┬─────────┬────────┬─────────┬────────┬────────┬─────────┬────────┬────────┬───────┬─────────┐
 *           │ EPOCH  │ TICKET  │  DONE  │ CHUNKS  │ KERNEL │  ARGS  │ EXTENT  │ CHUNK  │ FAILED │ PAGES │ MODULES │
 *           └────────┴─────────┴────────┴─────────┴────────┴────────┴─────────┴────────┴────────┴───────┴─────────┘
 *     word 16 …: chunks taken by member; byte 256 …: the arguments, as float64
 */

/** Counts dispatches; those who sleep wait on it. */
export const EPOCH = 0
/** dispatch · 256 + next chunk */
export const TICKET = 1
/** Chunks of the present dispatch that are finished. */
export const DONE = 2
export const CHUNKS = 3
/** The kernel's index among those of all modules, in the order in which they were sent. */
export const KERNEL = 4
/** The number of arguments. */
export const ARGS = 5
export const EXTENT = 6
/** Items per chunk. */
export const CHUNK = 7
/** Set where a kernel trapped. */
export const FAILED = 8
/** The size of the memory, which a helper may not have been told of yet. */
export const PAGES = 9
/** Modules that have been sent to the helpers. One that has fewer goes back to its messages. */
export const MODULES = 10
/** Chunks taken by each member since the pool began, the coordinator first. */
export const TAKEN = 16
export const CONTROL_WORDS = 64
export const ARGUMENTS_AT = 256
export const MAX_ARGUMENTS = 64
export const MAX_CHUNKS = 254
/** The chunk number of a ticket that is closed. */
export const CLOSED = 255
export const MAX_MEMBERS = CONTROL_WORDS - TAKEN

/**
 * How long a helper that has nothing to do looks for the next dispatch before it goes to sleep: what JavaScript does
 * between two kernels takes less, and to wake a thread takes 50 µs.
 */
export const IDLE_MS = 0.2
/** How long the coordinator looks for the last chunks of a dispatch: others are at them already. */
export const LAST_MS = 1
/** Looks at a word between two looks at the clock: some microseconds. */
const LOOKS = 1000

/** Returns when a word is no longer what it was, or after `ms` milliseconds. */
export function spinWhile(control: Int32Array, word: number, value: number, ms: number): void {
  let until = 0
  do {
    for (let i = 0; i < LOOKS; i++) if (Atomics.load(control, word) !== value) return
    until ||= performance.now() + ms
  } while (performance.now() < until)
}

type AnyKernel = (...args: number[]) => void

/** Takes chunks of dispatch `epoch` and computes them until none is left. */
export function takeChunks(
  control: Int32Array,
  epoch: number,
  member: number,
  kernel: AnyKernel,
  args: readonly number[],
  extent: number,
  chunk: number,
  chunks: number,
): void {
  const first = epoch << 8
  for (;;) {
    const ticket = Atomics.load(control, TICKET)
    const index = ticket - first
    if (index < 0 || index >= chunks) return
    if (Atomics.compareExchange(control, TICKET, ticket, ticket + 1) !== ticket) continue
    const begin = index * chunk
    try {
      kernel(...args, begin, Math.min(extent, begin + chunk))
    } catch {
      Atomics.store(control, FAILED, 1)
    }
    control[TAKEN + member]!++
    if (Atomics.add(control, DONE, 1) + 1 === chunks) Atomics.notify(control, DONE)
  }
}
