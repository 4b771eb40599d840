import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { isMainThread, Worker } from 'node:worker_threads'
import { loadingOf } from '../src/model/read-model.ts'

const bytes = new Uint8Array(readFileSync(process.argv[2]!))
const s = performance.now()
try {
  await loadingOf(
    { file: 'mutant', bytes, beside: async () => new Uint8Array(0) },
    { strict: process.argv[3] === 'strict', seed: 1 },
  )
  console.log('read')
} catch (e) {
  console.log(String((e as Error).stack).slice(0, 1500))
}
console.log(performance.now() - s)
