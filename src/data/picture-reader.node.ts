/** Reads pictures in threads of their own, while this one goes on. */

import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { RuntimeUnavailableError } from '../errors.ts'
import type { PictureReader, PictureResult, PictureTarget } from './picture-reader.ts'

export type { PictureResult } from './picture-reader.ts'

/** A path, or the bytes of a file. */
export type NodePicture = string | Uint8Array

export interface PictureJob {
  readonly source: NodePicture
  readonly form: PictureTarget
}

/** A picture of 12 megapixels takes 60 MB while it is decoded: more threads would want too much at once. */
const MOST_THREADS = 8

interface Waiting {
  readonly job: PictureJob
  readonly resolve: (result: PictureResult) => void
}

/** @param pictures how many there are to read: no more threads than that are started */
export function pictureReader(pictures: number): PictureReader<NodePicture> {
  const width = Math.max(1, Math.min(pictures, MOST_THREADS, availableParallelism()))
  const waiting: Waiting[] = []
  const workers = new Set<Worker>()
  /** What gives a thread that has nothing to do the next job. */
  const idle: (() => void)[] = []

  const start = (): void => {
    const worker = startWorker()
    workers.add(worker)
    let current: Waiting | undefined
    const next = (): void => {
      current = waiting.shift()
      if (current === undefined) idle.push(next)
      else worker.postMessage(current.job)
    }
    worker.on('message', (result: PictureResult) => {
      const done = current
      next()
      done?.resolve(result)
    })
    const end = (reason: string): void => {
      if (!workers.delete(worker)) return
      const at = idle.indexOf(next)
      if (at >= 0) idle.splice(at, 1)
      current?.resolve({ reason })
      // Another takes its place where there is more to do.
      if (waiting.length > 0) start()
    }
    worker.on('error', (error) => end(`not decoded: ${error.message}`))
    worker.on('exit', () => end('not decoded: the thread that read it ended'))
    next()
  }

  return {
    width,
    read: (source, form) =>
      new Promise((resolve) => {
        waiting.push({ job: { source, form }, resolve })
        const next = idle.pop()
        if (next !== undefined) next()
        else if (workers.size < width) start()
      }),
    close: () => {
      for (const worker of workers) {
        workers.delete(worker)
        void worker.terminate()
      }
    },
  }
}

function startWorker(): Worker {
  const name = 'quadlane pictures'
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
  try {
    // Where the sources themselves run, as in tests, a thread has to learn to read TypeScript first.
    if (ending === '.ts') {
      const tsx = createRequire(import.meta.url)
        .resolve('tsx/package.json')
        .replace('package.json', 'dist/esm/api/index.mjs')
      const url = new URL('./picture-worker.node.ts', import.meta.url)
      const code = `import('${pathToFileURL(tsx)}').then(({ register }) => { register(); return import('${url}') })`
      return new Worker(code, { name, eval: true, execArgv: [] })
    }
    return new Worker(new URL(`./picture-worker${ending}`, import.meta.url), { name })
  } catch (cause) {
    // Node's permission model may grant no threads.
    const received = (cause as Error).message
    const expected = 'a thread to decode pictures in'
    throw new RuntimeUnavailableError({ who: 'data.imageFolder', expected, received }, { cause })
  }
}
