/** Runs the command line for tests: in this process with streams that are kept, or as a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import type { TextStream } from '../../src/cli/output.ts'
import { run } from '../../src/cli/run.ts'
import { smallMnist } from '../data/idx-files.ts'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A stream that keeps what is written. */
export function keptStream(terminal?: { readonly columns: number }): { stream: TextStream; text: () => string } {
  const stream: PassThrough & { isTTY?: boolean; columns?: number } = new PassThrough()
  if (terminal !== undefined) Object.assign(stream, { isTTY: true, columns: terminal.columns })
  const chunks: string[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  const text = (): string => {
    stream.read()
    return chunks.join('')
  }
  return { stream, text }
}

/** Runs `quadlane …args` in this process. */
export async function quadlane(...args: readonly string[]): Promise<Outcome> {
  const [stdout, stderr] = [keptStream(), keptStream()]
  const code = await run(args, { stdout: stdout.stream, stderr: stderr.stream })
  // What was written last arrives a turn later.
  await new Promise((resolve) => setImmediate(resolve))
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const TSX = import.meta.resolve('tsx')

/** Starts `quadlane …args` as a process. */
export function spawnQuadlane(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', TSX, MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Waits for the end of a process, with what it wrote. */
export function ended(child: ChildProcess): Promise<Outcome> {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === null) reject(new Error(`ended by ${signal}: ${stderr}`))
      else resolve({ code, stdout, stderr })
    })
  })
}

/** A folder for the tests of a file, which goes when they are done. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quadlane-cli-'))
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A folder with a tiny MNIST: 6 training and 3 test images. */
export async function tinyMnist(parent: string): Promise<string> {
  const folder = join(parent, 'tiny-mnist')
  await mkdir(folder)
  const { trainImages, trainLabels, testImages, testLabels } = smallMnist()
  await writeFile(join(folder, 'train-images-idx3-ubyte'), trainImages)
  await writeFile(join(folder, 'train-labels-idx1-ubyte'), trainLabels)
  await writeFile(join(folder, 't10k-images-idx3-ubyte'), testImages)
  await writeFile(join(folder, 't10k-labels-idx1-ubyte'), testLabels)
  return folder
}

/** The lines of standard output as JSON. */
export function jsonLines({ stdout }: Outcome): Record<string, unknown>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
