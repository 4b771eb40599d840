/** Child processes as workers: Node by IPC, Python by lines of JSON. */

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Request } from '../shared/host.mjs'
import { type Answer, type Replies, replyIn, type Worker, within } from './worker.ts'

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

type Numbered = Answer & { readonly id: number }

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

  protected answered({ id, ...answer }: Numbered): void {
    this.#waiting.get(id)?.resolve(answer)
    this.#waiting.delete(id)
  }

  async request<Op extends Request['op']>(request: Request & { op: Op }, timeoutMs: number): Promise<Replies[Op]> {
    if (this.#exit !== undefined) throw new Error(this.#exit)
    const id = this.#next++
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.send(this.#child, { id, request })
    return replyIn<Op>(await within(answer, timeoutMs))
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
    child.on('message', (answer: Numbered) => this.answered(answer))
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
    createInterface({ input: child.stdout }).on('line', (line) => this.answered(JSON.parse(line) as Numbered))
  }

  protected override send(child: ChildProcess, message: { id: number; request: Request }): void {
    child.stdin?.write(`${JSON.stringify(message)}\n`)
  }
}
