/** A Web Worker of this page as a worker of the comparison. */

import { type Answer, type Replies, replyIn, type Worker, within } from '../../driver/worker.ts'
import type { Request } from '../../shared/host.mjs'

export class ThreadWorker implements Worker {
  readonly #thread = new globalThis.Worker('thread.mjs', { type: 'module' })

  async request<Op extends Request['op']>(request: Request & { op: Op }, timeoutMs: number): Promise<Replies[Op]> {
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#thread.onmessage = ({ data }) => resolve(data)
      this.#thread.onerror = ({ message }) => reject(new Error(message ?? 'the script of the Web Worker does not load'))
    })
    this.#thread.postMessage(request)
    return replyIn<Op>(await within(answer, timeoutMs))
  }

  async close(): Promise<void> {
    this.#thread.terminate()
  }
}
