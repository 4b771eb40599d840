/**
 * `npm run bench:peers`: quadlane beside PyTorch, ONNX Runtime, TensorFlow.js, jax-js and ConvNetJS, on the same work
 * in one run. Prints the figures and the ratios; a run of everything, or of pieces of it, also writes docs/benchmark.json,
 * its chart and the README's table.
 */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import { browserSystems } from './driver/browser-systems.ts'
import { compare, significant } from './driver/compare.ts'
import { thisMachine } from './driver/machine.ts'
import { hasItem, isOfPiece, merged, PIECES } from './driver/pieces.ts'
import type { Comparison, ItemName, Machine, SystemResult } from './driver/results.ts'
import type { SystemSpec } from './driver/system.ts'
import { nodeSystems } from './driver/systems.ts'
import { figureLines, ratioLines } from './driver/tables.ts'
import { MODELS, writeModels } from './onnx/models-folder.ts'
import { JSON_FILE, writeReport } from './report/write-report.ts'
import { WORK } from './shared/work.mjs'

interface Flags {
  readonly systems: string
  readonly items: string
  readonly threads?: number
  readonly rounds: number
  readonly minutes: number
  readonly json?: string
  readonly write: boolean
  readonly list?: boolean
  readonly pieces?: string
}

/** After so long a piece begins no further round. */
const PIECE_MINUTES = 4

const PEERS = fileURLToPath(new URL('./peers', import.meta.url))

function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('expected a whole number above 0')
}

const program = new Command('bench:peers')
  .description('time quadlane beside its peers')
  .option('--systems <parts>', 'only systems whose id contains one of these, e.g. "quadlane-relaxed,pytorch"', '')
  .option('--items <parts>', 'only work whose name contains one of these, e.g. "train,matmul-512"', '')
  .option('--threads <n>', 'only systems with so many threads', count)
  .option('--rounds <n>', 'rounds, of which the median counts', count, 7)
  .option('--minutes <n>', 'begin no further round after so long', count, 15)
  .option('--json <file>', 'write the figures there, too')
  .option('--no-write', 'leave docs/benchmark.* and the README as they are, as a run of a part always does')
  .option('--list', 'print the ids of systems and work, and stop')
  .option(
    '--pieces <names>',
    `in pieces of a few minutes, of ${PIECES.map(({ name }) => name).join(', ')}: "all", or some`,
  )
  .action(run)

async function run(flags: Flags): Promise<void> {
  installPeers()
  await writeModels()
  const pages = await browserSystems()
  try {
    const specs = [...(await nodeSystems({ models: pathToFileURL(MODELS).href })), ...pages.specs]
    await (flags.pieces === undefined ? compareAll(specs, flags) : comparePieces(specs, flags, flags.pieces))
  } finally {
    await pages.close()
  }
}

const log = (line: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`)

/** Each piece by itself; the record is written after each, so that a run may be cut off and go on later. */
async function comparePieces(all: readonly SystemSpec[], flags: Flags, names: string): Promise<void> {
  const pieces = PIECES.filter(({ name }) => names === 'all' || chosen(name, names))
  if (pieces.length === 0) program.error(`--pieces: expected "all" or parts of names, received '${names}'`)
  for (const piece of pieces) {
    log(`piece ${piece.name}`)
    const specs = all.filter((spec) => isOfPiece(piece, spec) && chosen(spec.id, flags.systems))
    const items = (Object.keys(WORK) as ItemName[]).filter((name) => hasItem(piece, name) && chosen(name, flags.items))
    const machine = thisMachine()
    const minutes = Math.min(flags.minutes, PIECE_MINUTES)
    const systems = await compare({ specs, items, rounds: flags.rounds, minutes, log })
    const found = describe(systems, flags.rounds, machine)
    for (const line of [...figureLines(found, items), '', ...ratioLines(found, items)]) console.log(line)
    const file = flags.json ?? JSON_FILE
    const known = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Comparison) : undefined
    const whole = known === undefined ? found : merged(known, found)
    if (flags.json !== undefined) await writeFile(file, `${JSON.stringify(whole, undefined, 2)}\n`)
    else if (flags.write) await writeReport(whole)
  }
}

async function compareAll(all: readonly SystemSpec[], flags: Flags): Promise<void> {
  const specs = all.filter(({ id, threads }) => chosen(id, flags.systems) && threads === (flags.threads ?? threads))
  const items = (Object.keys(WORK) as ItemName[]).filter((name) => chosen(name, flags.items))
  if (flags.list === true) {
    for (const name of [...specs.map(({ id }) => id), '', ...items]) console.log(name)
    return
  }
  if (specs.length * items.length === 0) program.error('nothing to do: --list shows the systems and the work')
  const machine = thisMachine()
  const systems = await compare({ specs, items, rounds: flags.rounds, minutes: flags.minutes, log })
  const comparison = describe(systems, flags.rounds, machine)
  for (const line of [...figureLines(comparison, items), '', ...ratioLines(comparison, items)]) console.log(line)
  if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(comparison, undefined, 2)}\n`)
  const whole = flags.systems === '' && flags.items === '' && flags.threads === undefined
  if (whole && flags.write) await writeReport(comparison)
}

function chosen(name: string, parts: string): boolean {
  return parts.split(',').some((part) => name.includes(part))
}

/** The peers have a folder of their own, so that nobody else installs them. */
function installPeers(): void {
  if (existsSync(`${PEERS}/node_modules`)) return
  console.error('installing the peers, about 1 GB, into bench/peers')
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  execFileSync('npm', ['ci', '--prefix', PEERS, '--no-audit', '--no-fund'], { env, stdio: 'inherit' })
}

function describe(systems: readonly SystemResult[], rounds: number, machine: Machine): Comparison {
  const ceilings: Record<string, number> = {}
  for (const { facts, where } of systems) {
    if (typeof facts.ceiling !== 'number') continue
    const key = `${where}, ${facts.build}`
    ceilings[key] = Math.max(ceilings[key] ?? 0, significant(facts.ceiling))
  }
  return { date: new Date().toISOString().slice(0, 10), machine, ceilings, rounds, systems }
}

await program.parseAsync()
