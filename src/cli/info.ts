/** `quadlane info`: what would run here, and on what. */

import os from 'node:os'
import type { Command } from 'commander'
import { type Features, probeFeatures } from '../runtime/probe.ts'
import { VERSION } from '../version.ts'
import { addRuntimeFlags, JSON_FLAG, type RuntimeFlags } from './flags.ts'
import { Output, type Streams } from './output.ts'
import { start } from './start.ts'

interface InfoFlags extends RuntimeFlags {
  readonly json?: boolean
}

const WHO = 'info'

export function addInfo(program: Command, streams: Streams): void {
  const command = program.command(WHO).description('the build and threads that run here, versions, memory, processor')
  addRuntimeFlags(WHO, command)
    .option(...JSON_FLAG)
    .action((flags: InfoFlags) => info(flags, new Output(streams, flags.json)))
}

async function info(flags: InfoFlags, output: Output): Promise<void> {
  const { build, simd, threads, reason, memoryBytes } = await start(flags)
  const facts = {
    quadlane: VERSION,
    build,
    simd,
    threads,
    reason,
    memoryBytes,
    features: probeFeatures(),
    residentBytes: process.memoryUsage.rss(),
    machineBytes: os.totalmem(),
    node: process.versions.node,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
  }
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  const rows: readonly (readonly [string, string])[] = [
    ['quadlane', VERSION],
    ['build', `${build} (${simd} SIMD)`],
    ['threads', `${threads} of ${facts.cores} cores`],
    ...(reason === '' ? [] : [['reason', reason] as const]),
    ['features', featuresText(facts.features)],
    ['memory', `${megabytes(memoryBytes)} WebAssembly, ${megabytes(facts.residentBytes)} resident in all`],
    ['machine', `${facts.processor}, ${megabytes(facts.machineBytes)}, ${facts.platform}`],
    ['engine', `Node ${facts.node}, V8 ${facts.v8}`],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  for (const [name, value] of rows) output.say(`${name.padEnd(width)}  ${value}`)
  output.emit(facts)
}

/** What this engine can run, as against what runs. */
function featuresText({ simd, relaxed, sharedMemory }: Features): string {
  const has = (name: string, there: boolean): string => (there ? name : `no ${name}`)
  return [has('SIMD', simd), has('relaxed SIMD', relaxed), has('shared memory', sharedMemory)].join(', ')
}
