/** A frame of this page as a worker: a system starts in it as in a new page, and leaves nothing when it is taken away. */

import { type Answer, type Replies, replyIn, type Worker, within } from '../../driver/worker.ts'
import type { Request } from '../../shared/host.mjs'

/** The page draws before the next piece of work blocks it: frames share its main thread. */
const DRAW_MS = 20

type SystemWindow = Window & { handle(request: Request): Promise<Answer> }

export class FrameWorker implements Worker {
  readonly #frame: HTMLIFrameElement

  private constructor(frame: HTMLIFrameElement) {
    this.#frame = frame
  }

  static async open(): Promise<FrameWorker> {
    const frame = Object.assign(document.createElement('iframe'), {
      src: 'system.html',
      ariaHidden: 'true',
      tabIndex: -1,
    })
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
    document.body.append(frame)
    await loaded
    return new FrameWorker(frame)
  }

  async request<Op extends Request['op']>(request: Request & { op: Op }, timeoutMs: number): Promise<Replies[Op]> {
    await new Promise((resolve) => setTimeout(resolve, DRAW_MS))
    const { handle } = this.#frame.contentWindow as SystemWindow
    return replyIn<Op>(await within(handle(request), timeoutMs))
  }

  async close(): Promise<void> {
    this.#frame.remove()
  }
}
