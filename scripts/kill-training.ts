/**
 * Kills `quadlane train` with SIGKILL at random moments, half of them while it saves, goes on with --resume each time,
 * and compares what comes out with a run that nobody killed: the weights must be the same, bit for bit.
 *
 *     npm run build && npx tsx scripts/kill-training.ts [kills = 200] [seed = 1]
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, watch } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Random } from '../src/random.ts'

const [kills = 200, seed = 1] = process.argv.slice(2).map(Number)
const BUILT = fileURLToPath(new URL('../dist/node/cli.js', import.meta.url))
const SOURCE = ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))]
const CLI = process.env.QUADLANE_CLI?.split(' ') ?? (existsSync(BUILT) ? [BUILT] : SOURCE)
const RUN = [
  '--model',
  'lenet5',
  '--limit',
  '1500',
  '--epochs',
  '4',
  '--batch-size',
  '32',
  '--seed',
  '5',
  '--threads',
  '1',
]
const SAVING = ['--save-steps', '9', '--simd', 'baseline']

const random = new Random(seed)
const parent = await mkdtemp(join(tmpdir(), 'quadlane-kill-'))

function train(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...CLI, 'train', ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
}

interface End {
  readonly code: number | null
  readonly text: string
}

function ended(child: ChildProcess): Promise<End> {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })))
}

/** The hash of the weights that a folder's model.json names; undefined before the first save. */
async function hashOf(folder: string): Promise<string | undefined> {
  try {
    const { weightsManifest } = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'))
    return weightsManifest[0].sha256
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Kills a run after it has begun to train: some time later, or when it touches its folder to save. */
function killLater(child: ChildProcess, folder: string, atSave: boolean, longest: number): void {
  const strike = (ms: number): NodeJS.Timeout => setTimeout(() => child.kill('SIGKILL'), ms)
  child.stderr?.once('data', () => {
    const delay = random.nextFloat() * longest
    if (!atSave) {
      strike(delay)
      return
    }
    setTimeout(() => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const watcher = watch(folder, () => {
        watcher.close()
        strike(random.nextFloat() * 8)
      })
      child.on('close', () => watcher.close())
    }, delay)
  })
}

const begun = performance.now()
const whole = join(parent, 'whole')
const first = await ended(train(...RUN, ...SAVING, '--out', whole))
const wanted = await hashOf(whole)
if (first.code !== 0 || wanted === undefined) throw new Error(`the run that nobody kills failed: ${first.text}`)
const longest = performance.now() - begun
console.log(`unbroken: ${wanted.slice(0, 16)} in ${(longest / 1000).toFixed(1)} s`)

let [done, runs, differing, refused, litter] = [0, 0, 0, 0, 0]
while (done < kills) {
  const folder = join(parent, `run-${runs++}`)
  let own = 0
  for (;;) {
    const saved = await hashOf(folder)
    const args =
      saved === undefined ? [...RUN, ...SAVING, '--out', folder] : [...SAVING, '--threads', '1', '--resume', folder]
    const child = train(...args)
    const end = ended(child)
    if (done < kills) killLater(child, folder, done % 2 === 0, longest / 3)
    const { code, text } = await end
    if (code === 0) break
    if (code === null) {
      done++
      own++
      continue
    }
    // Killed between the last save and the end: there is nothing left to do.
    if (text.includes('which the saved run has completed')) break
    refused++
    console.log(`run ${runs}: refused after ${own} kills: ${text.trim().split('\n').at(-1)}`)
    break
  }
  const hash = await hashOf(folder)
  if (hash !== wanted) differing++
  const left = (await readdir(folder)).filter((name) => name.endsWith('.tmp'))
  litter += left.length
  console.log(
    `run ${runs}: ${own} kills, ${hash?.slice(0, 16)} ${hash === wanted ? 'the same' : 'DIFFERS'}; ${done} of ${kills}`,
  )
  await rm(folder, { recursive: true, force: true })
}
await rm(parent, { recursive: true, force: true })
console.log(`${done} kills in ${runs} runs: ${differing} differ, ${refused} refused, ${litter} temporary files left`)
if (differing + refused > 0) process.exitCode = 1
