/**
 * `npm run bench`: quadlane alone. Kernels, ops, training steps and predictions, in ms, GFLOP/s and as a share of the
 * multiply-add peak that is probed in the same run. The rate of a convolution counts the operations of the direct
 * method, whatever method runs: a Winograd convolution does fewer and may pass the ceiling.
 */

import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import { info, init, QuadlaneError, shutdown, version } from '../src/index.node.ts'
import { probeFeatures } from '../src/runtime/probe.ts'
import { tableLines } from '../src/text-table.ts'
import { RELAXED_FLAG } from './driver/node-kinds.ts'
import { KERNEL_CASES } from './quadlane/kernel-cases.ts'
import { MODEL_CASES } from './quadlane/model-cases.ts'
import { OP_CASES } from './quadlane/op-cases.ts'
import { type CaseResult, runCase } from './quadlane/run-case.ts'
import { probePeak } from './shared/peak.mjs'

interface Flags {
  readonly build?: 'baseline' | 'relaxed' | 'wide'
  readonly threads: number
  readonly conv: 'auto' | 'direct'
  readonly filter: string
  readonly seconds: number
  readonly json?: string
}

function positive(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('expected a number above 0')
}

const program = new Command('bench')
  .description('time quadlane alone: kernels, ops, training steps, predictions')
  .addOption(
    new Option('--build <name>', 'default: the best that the process has').choices(['baseline', 'relaxed', 'wide']),
  )
  .option('--threads <n>', 'threads that compute', positive, 1)
  .addOption(new Option('--conv <method>', 'how 3 x 3 ones are computed').choices(['auto', 'direct']).default('auto'))
  .option('--filter <text>', 'only cases whose group and name contain it, e.g. "model" or "conv2"', '')
  .option('--seconds <n>', 'time for each case', positive, 0.7)
  .option('--json <file>', 'write the figures there, too')
  .action(bench)

/** Starts Node again with relaxed SIMD where it was asked for and is behind a flag, as in Node 20. */
function restarted({ build }: Flags): boolean {
  if (build !== 'relaxed' || probeFeatures().relaxed || process.execArgv.includes(RELAXED_FLAG)) return false
  const args = [RELAXED_FLAG, ...process.execArgv, ...process.argv.slice(1)]
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  process.exitCode = status ?? 1
  return true
}

async function bench(flags: Flags): Promise<void> {
  if (restarted(flags)) return
  const { build = 'auto', threads, conv, filter, seconds, json } = flags
  await init({ threads, simd: build, conv })
  const { simd, reason, threads: running } = info()
  const ceiling = await probePeak(simd !== 'baseline')
  const cpu = cpus()[0]?.model ?? 'unknown'
  console.log(`quadlane ${version}, ${simd} build, threads: ${running}${reason === '' ? '' : ` (${reason})`}`)
  console.log(`Node ${process.versions.node}, V8 ${process.versions.v8}, ${cpu}`)
  console.log(
    `multiply-add peak of one thread, 128 bits wide: ${ceiling.toFixed(1)} GFLOP/s; convolutions are counted as direct ones`,
  )
  const cases = [...KERNEL_CASES, ...OP_CASES, ...MODEL_CASES]
  const chosen = cases.filter(({ group, name }) => `${group}: ${name}`.includes(filter))
  if (chosen.length === 0) program.error(`--filter: expected a part of a case's name, received '${filter}'`)
  const results: CaseResult[] = []
  for (const one of chosen) {
    results.push(await runCase(one, seconds, ceiling, running))
  }
  for (const line of table(results)) console.log(line)
  if (json !== undefined) {
    const facts = { version, build: simd, conv, threads: running, node: process.versions.node, cpu, ceiling }
    await writeFile(json, `${JSON.stringify({ ...facts, results }, undefined, 2)}\n`)
  }
  shutdown()
}

function table(results: readonly CaseResult[]): string[] {
  const rows = results.map(({ group, name, ms, gflops, share }) => {
    const rate = gflops > 0 ? [gflops.toFixed(1), `${(100 * share).toFixed(0)} %`] : ['', '']
    return [`${group}: ${name}`, ms.toFixed(3), ...rate]
  })
  return tableLines([['', 'ms', 'GFLOP/s', 'of the peak'], ...rows])
}

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof QuadlaneError)) throw error
  program.error(error.message)
}
