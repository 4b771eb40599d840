/**
 * Mutants of model files through all that reads models and weights: each must be read or refused with a typed error, within
 * a second, within a small multiple of its size, and without a look outside of its folder.
 *
 *     npx tsx scripts/fuzz-formats.ts [FOLDER …] [--mutants 10000] [--seconds 200] [--seed 1] [--first 0]
 *
 * A FOLDER holds published model files at any depth, which join the small models that are made here. Prints the counts, and
 * what broke with the number that makes it again: `--seed S --first NUMBER --mutants 1`, with the same folders. A worker
 * reads; one that hangs or dies is reported and begun anew behind that mutant.
 */

import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { containerSeeds, ownSeeds, publishedSeeds } from './fuzz/seeds.ts'
import type { Finding, Work } from './fuzz/worker.ts'

/** Seconds of the processor's time after which a mutant is given up; others may have the processor meanwhile. */
const HANG_SECONDS = 10
const HEAP_MB = 512
const WORKER = new URL('./fuzz/worker.ts', import.meta.url).href
const IN_TYPESCRIPT = `import('tsx/esm/api').then(({ register }) => (register(), import('${WORKER}')))`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mutants: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
  },
})

const seeds = [...(await ownSeeds()), ...containerSeeds(), ...positionals.flatMap(publishedSeeds)]
const first = Number(values.first)
const end = first + Number(values.mutants)
const state = new SharedArrayBuffer(16)
const progress = new Int32Array(state)
const until = performance.now() + 1000 * Number(values.seconds)
let findings = 0

const seedName = (): string => seeds[Atomics.load(progress, 3)]!.name

function report({ mutant, file, what }: Finding): void {
  findings++
  console.log(`mutant ${mutant} of ${file}, seed ${values.seed}: ${what}`)
}

/** Reads from one mutant on, to the end or to one that stops the worker; returns the first that was not read. */
async function run(from: number): Promise<number> {
  const workerData: Work = { seeds, seed: Number(values.seed), first: from, end, state }
  Atomics.store(progress, 0, from)
  const worker = new Worker(IN_TYPESCRIPT, {
    eval: true,
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
  worker.on('message', report)
  return new Promise((resolve) => {
    let [seen, since] = [from, process.cpuUsage()]
    const watch = setInterval(() => {
      const now = Atomics.load(progress, 0)
      if (now !== seen) [seen, since] = [now, process.cpuUsage()]
      const isOver = performance.now() > until
      const used = process.cpuUsage(since)
      if (!isOver && used.user + used.system < 1e6 * HANG_SECONDS) return
      if (!isOver) report({ mutant: now, file: seedName(), what: `no end within ${HANG_SECONDS} s` })
      stop(isOver ? end : now + 1)
    }, 500)
    const stop = (next: number): void => {
      clearInterval(watch)
      void worker.terminate().then(() => resolve(next))
    }
    worker.on('error', (error) => {
      const now = Atomics.load(progress, 0)
      report({ mutant: now, file: seedName(), what: `the worker died: ${error.stack ?? error}` })
      stop(now + 1)
    })
    worker.on('exit', (code) => {
      if (code === 0) stop(end)
    })
  })
}

const begun = performance.now()

/** The counts, as JSON. */
function summary(last: number): void {
  const [, read, refused] = progress as unknown as readonly number[]
  const seconds = Math.round((performance.now() - begun) / 1000)
  console.log(JSON.stringify({ seeds: seeds.length, mutants: last - first, read, refused, findings, seconds }))
}

process.on('SIGTERM', () => {
  summary(Atomics.load(progress, 0))
  process.exit(1)
})
let next = first
while (next < end && performance.now() < until) next = await run(next)
summary(performance.now() < until ? end : Atomics.load(progress, 0))
process.exit(findings > 0 ? 1 : 0)
