/** Workers as the driver sees them: a process or a page that answers one request at a time. */

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Request } from '../shared/host.mjs'

export interface Opened {
  readonly facts: Readonly<Record<string, string | number>>
  readonly items: readonly string[]
  readonly refusals: Readonly<Record<string, string>>
}

export interface Prepared {
  /** What the item takes, in ms, the best of the warm-up. */
  readonly ms: number
  /** What a run takes: less than `ms` where the item is extrapolated from it. */
  readonly runMs: number
  readonly digest?: number
  readonly note: string
}

export interface Round {
  readonly ms: number
}

export interface Replies {
  readonly open: Opened
  readonly prepare: Prepared
  readonly round: Round
}

export interface Worker {
  request<Op extends Request['op']>(request: Request & { op: Op }, timeoutMs: number): Promise<Replies[Op]>
  /** Ends the process or the page. */
  close(): Promise<void>
}

/** Settles as `work` does, or fails when the time is over. */
export async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out after ${Math.round(timeoutMs / 1000)} s`)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What a worker answers that could not do what it was asked; it is there for the next request. */
export class Refusal extends Error {}

interface Waiting {
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: Error) => void
}

interface Answer {
  readonly id: number
  readonly reply?: unknown
  readonly error?: string
}

const STDERR_KEPT = 2000

/** A child process; subclasses carry the messages. */
abstract class ProcessWorker implements Worker {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #next = 0
  #stderr = ''
  #exit: string | undefined

  constructor(child: ChildProcess) {
    this.#child = child
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-STDERR_KEPT)
    })
    child.on('error', (error) => this.#ended(error.message))
    child.on('exit', (code, signal) => {
      const last = this.#stderr.trim().split('\n').at(-1) ?? ''
      this.#ended(`exited with ${signal ?? code}${last === '' ? '' : `: ${last}`}`)
    })
  }

  protected abstract send(child: ChildProcess, message: { id: number; request: Request }): void

  protected answered({ id, reply, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(reply)
    else waiting?.reject(new Refusal(error))
  }

  async request<Op extends Request['op']>(request: Request & { op: Op }, timeoutMs: number): Promise<Replies[Op]> {
    if (this.#exit !== undefined) throw new Error(this.#exit)
    const id = this.#next++
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.send(this.#child, { id, request })
    return (await within(answer, timeoutMs)) as Replies[Op]
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL')
  }

  #ended(reason: string): void {
    this.#exit ??= reason
    for (const { reject } of this.#waiting.values()) reject(new Error(reason))
    this.#waiting.clear()
  }
}

const NODE_WORKER = fileURLToPath(new URL('../systems/node-worker.mjs', import.meta.url))
const PYTHON_WORKER = fileURLToPath(new URL('../peers/pytorch.py', import.meta.url))

export class NodeWorker extends ProcessWorker {
  constructor(execPath: string, execArgv: readonly string[]) {
    const child = fork(NODE_WORKER, { execPath, execArgv: [...execArgv], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    super(child)
    child.on('message', (answer: Answer) => this.answered(answer))
  }

  protected override send(child: ChildProcess, message: { id: number; request: Request }): void {
    child.send(message)
  }
}

export class PythonWorker extends ProcessWorker {
  constructor(python: string, threads: number, layout: string) {
    const count = String(threads)
    const env = { ...process.env, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count }
    const child = spawn(python, [PYTHON_WORKER, count, layout], { env, stdio: ['pipe', 'pipe', 'pipe'] })
    super(child)
    child.stdin.on('error', () => {})
    createInterface({ input: child.stdout }).on('line', (line) => this.answered(JSON.parse(line) as Answer))
  }

  protected override send(child: ChildProcess, message: { id: number; request: Request }): void {
    child.stdin?.write(`${JSON.stringify(message)}\n`)
  }
}
