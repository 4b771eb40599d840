/**
 * Reads mutants, one after the other, and tells how each of them went that is not as it must be. What it works on stands in
 * shared memory, for whoever watches that it goes on.
 */

import { posix } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { mutant } from './mutants.ts'
import type { Seed } from './seeds.ts'

export interface Work {
  readonly seeds: readonly Seed[]
  readonly seed: number
  readonly first: number
  readonly end: number
  /** The number of the mutant that is read, how many were read and refused, and the number of its seed. */
  readonly state: SharedArrayBuffer
}

export interface Finding {
  readonly mutant: number
  readonly file: string
  readonly what: string
}

/** What a file of no bytes may make us allocate, and how much more for each of its bytes. */
const [FREE_BYTES, BYTES_PER_BYTE] = [8 * 2 ** 20, 300]
const SLOW_MS = 1000

let allocated = 0

/** Counts what is allocated by constructors of arrays of numbers. */
function count(name: string): void {
  const scope = globalThis as unknown as Record<string, typeof Uint8Array>
  const original = scope[name]!
  const counting: typeof Uint8Array = new Proxy(original, {
    construct(target, args: unknown[], newTarget) {
      const made = Reflect.construct(target, args, newTarget === counting ? target : newTarget) as Uint8Array
      if (typeof args[0] !== 'object' || !('byteLength' in args[0]!)) allocated += made.byteLength
      return made
    },
  })
  scope[name] = counting
}

const BUFFERS = ['ArrayBuffer', 'Uint8Array', 'Int8Array', 'Uint16Array', 'Int16Array', 'Uint32Array', 'Int32Array']
for (const name of [...BUFFERS, 'Float32Array', 'Float64Array', 'BigInt64Array']) count(name)

// After that, since some keep the constructors that they find.
const { FormatError, InputOutputError } = await import('../../src/errors.ts')
const { Bytes } = await import('../../src/formats/bytes.ts')
const { datasetsBelow, isHdf5, openHdf5 } = await import('../../src/formats/hdf5.ts')
const { kindOf } = await import('./seeds.ts')
const { loadingOf } = await import('../../src/model/read-model.ts')
const { pairsOf } = await import('../../src/model/load-weights.ts')
const { Random } = await import('../../src/random.ts')
const { zoo } = await import('../../src/exports.ts')

const { seeds, seed, first, end, state } = workerData as Work
const progress = new Int32Array(state)
// A stack costs more than what is read; what breaks is read once more, with one.
Error.stackTraceLimit = 0
const root = new Random(seed)
const model = zoo.lenet5({ seed: 1 })
// Each model says what is left out of it.
console.warn = () => {}
/** Seeds by the reader that they are for, each as often as others; small ones more often, since they are quick. */
const kinds = new Map<string, { total: number; seeds: Seed[] }>()
for (const each of seeds) {
  const kind = kindOf(each)
  const known = kinds.get(kind) ?? { total: 0, seeds: [] }
  kinds.set(kind, { total: known.total + weightOf(each), seeds: [...known.seeds, each] })
}
const lists = [...kinds.values()]

function weightOf({ bytes }: Seed): number {
  return 1 / (bytes.length + 3000)
}

function report(mutant: number, file: string, what: string): void {
  parentPort!.postMessage({ mutant, file, what } satisfies Finding)
}

function choose(random: { nextBelow(n: number): number; nextFloat(): number }): Seed {
  const { total, seeds: list } = lists[random.nextBelow(lists.length)]!
  let left = random.nextFloat() * total
  return list.find((each) => (left -= weightOf(each)) < 0) ?? list[0]!
}

/** @throws where the file asks for one outside of its folder */
async function beside(path: string): Promise<Uint8Array> {
  const url = new URL(path, 'http://host/folder/').href
  if (
    !posix.resolve('/folder', decodeURIComponent(path)).startsWith('/folder') ||
    !url.startsWith('http://host/folder/')
  )
    throw new Error(`outside of the folder: ${path}`)
  throw new InputOutputError({ who: 'mutant', expected: 'a file', received: 'none' })
}

async function read(bytes: Uint8Array, strict: boolean): Promise<void> {
  try {
    const loading = await loadingOf({ file: 'mutant', bytes, beside }, { strict, seed: 1 })
    loading.model.dispose()
  } catch (error) {
    if (!(error instanceof FormatError) || !/weights alone/.test(error.received)) throw error
    if (isHdf5(bytes)) for (const node of datasetsBelow(openHdf5('mutant', bytes)).values()) node.read()
    pairsOf(model, new Bytes('mutant', bytes), strict)
  }
}

async function stackOf(bytes: Uint8Array, strict: boolean): Promise<string> {
  Error.stackTraceLimit = 12
  try {
    await read(bytes, strict)
    return 'broke once, and not again'
  } catch (error) {
    return (error as Error).stack ?? String(error)
  } finally {
    Error.stackTraceLimit = 0
  }
}

for (let i = first; i < end; i++) {
  Atomics.store(progress, 0, i)
  const random = root.fork(i)
  const chosen = choose(random)
  Atomics.store(progress, 3, seeds.indexOf(chosen))
  const { name, bytes } = chosen
  const changed = mutant(bytes, random)
  const strict = random.nextBelow(2) === 0
  allocated = 0
  const start = performance.now()
  try {
    await read(changed, strict)
    Atomics.add(progress, 1, 1)
  } catch (error) {
    if (error instanceof FormatError || error instanceof InputOutputError) Atomics.add(progress, 2, 1)
    else report(i, name, await stackOf(changed, strict))
  }
  const took = performance.now() - start
  if (allocated > FREE_BYTES + BYTES_PER_BYTE * changed.length) {
    report(i, name, `${allocated} bytes allocated for a file of ${changed.length}`)
  }
  if (Object.keys(Object.prototype).length > 0 || 'polluted' in {}) report(i, name, 'Object.prototype has been changed')
  if (took < SLOW_MS) continue
  // Others may have had the processor.
  const before = process.cpuUsage()
  await read(changed, strict).catch(() => {})
  const { user, system } = process.cpuUsage(before)
  const used = Math.round((user + system) / 1000)
  if (used >= SLOW_MS) report(i, name, `${used} ms for a file of ${changed.length} bytes`)
}
