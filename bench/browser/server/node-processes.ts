/**
 * quadlane in Node for the page: `POST /bench/node` starts a process and names its address, `POST` there carries the
 * requests that every worker of a comparison answers. The first response stays open: when the page ends it, or is gone,
 * the process is ended.
 */

import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ownNodeKinds } from '../../driver/node-kinds.ts'
import { NodeWorker } from '../../driver/process-worker.ts'
import { type Answer, Refusal } from '../../driver/worker.ts'
import type { Request } from '../../shared/host.mjs'
import { WORK } from '../../shared/work.mjs'
import { checkOwnPage, HttpError, readJson, sendJson } from './json.ts'

const FOLDER = '/bench/node'
/** Longer than the page waits. */
const REQUEST_MS = 300_000
const MOST_THREADS = 16

export class NodeProcesses {
  readonly #workers = new Map<string, NodeWorker>()

  async handle(pathname: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    checkOwnPage(request)
    const body = await readJson(request)
    if (pathname === FOLDER) return this.#start(body, response)
    const worker = this.#workers.get(pathname)
    if (worker === undefined) throw new HttpError(404, `${pathname}: no such process, or it has ended`)
    sendJson(response, 200, await answer(worker, requestIn(body)))
  }

  end(): void {
    for (const worker of this.#workers.values()) void worker.close()
  }

  #start({ simd }: Record<string, unknown>, response: ServerResponse): void {
    const kinds = ownNodeKinds()
    const kind = kinds.find((one) => one.simd === simd)
    const builds = kinds.map((one) => one.simd).join(' or ')
    if (kind === undefined) throw new HttpError(400, `simd: expected ${builds}, given ${JSON.stringify(simd)}`)
    const [worker, path] = [new NodeWorker(kind.execPath, kind.execArgv), `${FOLDER}/${randomUUID()}`]
    this.#workers.set(path, worker)
    response.on('close', () => {
      this.#workers.delete(path)
      void worker.close()
    })
    response.writeHead(201, { Location: path, 'Content-Type': 'text/plain', 'Cache-Control': 'no-store' })
    // Firefox hands a response to the page with the first byte of its body, not before.
    response.write('\n')
  }
}

/** The worker's answer. A worker that died or hangs is not one that refuses, which the page wants to tell apart. */
async function answer(worker: NodeWorker, request: Request): Promise<Answer> {
  try {
    return { reply: await worker.request(request, REQUEST_MS) }
  } catch (error) {
    if (error instanceof Refusal) return { error: error.message }
    throw new HttpError(502, error instanceof Error ? error.message : String(error))
  }
}

/** The request in a body, made anew: a process takes modules and options that are none of a page's business. */
function requestIn({ op, system, options, item }: Record<string, unknown>): Request {
  if (op === 'open') return { op, system: quadlane(system), options: optionsIn(options) }
  if (op !== 'prepare' && op !== 'round') {
    throw new HttpError(400, `op: expected open, prepare or round, given ${JSON.stringify(op)}`)
  }
  if (typeof item === 'string' && Object.hasOwn(WORK, item)) return { op, item }
  throw new HttpError(400, `item: expected one of ${Object.keys(WORK).join(', ')}, given ${JSON.stringify(item)}`)
}

function quadlane(system: unknown): string {
  if (system === 'quadlane') return system
  throw new HttpError(400, `system: expected quadlane, given ${JSON.stringify(system)}`)
}

function optionsIn(options: unknown): Record<string, unknown> {
  const { threads, simd } = (options ?? {}) as Record<string, unknown>
  if (!Number.isInteger(threads) || Number(threads) < 1 || Number(threads) > MOST_THREADS) {
    throw new HttpError(400, `threads: expected 1 to ${MOST_THREADS}, given ${JSON.stringify(threads)}`)
  }
  return { threads, simd }
}
