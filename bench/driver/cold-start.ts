/** Training steps that are timed in a process of their own, from its imports on. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { NodeKind } from './node-kinds.ts'
import type { ItemName } from './results.ts'
import type { Round } from './worker.ts'

const COLD_MS = 60_000
const COLD_WORKER = fileURLToPath(new URL('../systems/cold.mjs', import.meta.url))
const MODELS: Partial<Record<ItemName, { model: string; batch: number }>> = {
  'cold-lenet': { model: 'lenet', batch: 128 },
  'cold-lenet5': { model: 'lenet5', batch: 32 },
}

export async function coldStart(
  { execPath, execArgv, simd }: NodeKind,
  threads: number,
  item: ItemName,
): Promise<Round> {
  const work = MODELS[item]
  if (work === undefined)
    throw new Error(`cold start: expected one of ${Object.keys(MODELS).join(', ')}, given ${item}`)
  const command = [...execArgv, COLD_WORKER, JSON.stringify({ ...work, threads, simd })]
  const { stdout } = await promisify(execFile)(execPath, command, { timeout: COLD_MS })
  return JSON.parse(stdout) as Round
}
