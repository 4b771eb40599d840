/** A process of Node as a worker of the comparison: the server of this page starts it, and passes requests on. */

import { type Answer, type Replies, replyIn, type Worker, within } from '../../driver/worker.ts'
import type { Request } from '../../shared/host.mjs'

export class NodeProcess implements Worker {
  readonly #address: string
  /** The process lives as long as this response is open. */
  readonly #lifeline: Response

  private constructor(address: string, lifeline: Response) {
    this.#address = address
    this.#lifeline = lifeline
  }

  static async start(simd: string): Promise<NodeProcess> {
    const response = await post('/bench/node', { simd })
    const address = response.headers.get('Location')
    if (address === null) throw new Error(await errorIn(response))
    return new NodeProcess(address, response)
  }

  async request<Op extends Request['op']>(request: Request & { op: Op }, timeoutMs: number): Promise<Replies[Op]> {
    return replyIn<Op>(await within(this.#ask(request), timeoutMs))
  }

  async close(): Promise<void> {
    await this.#lifeline.body?.cancel()
  }

  async #ask(request: Request): Promise<Answer> {
    const response = await post(this.#address, request)
    if (!response.ok) throw new Error(await errorIn(response))
    return (await response.json()) as Answer
  }
}

function post(address: string, body: unknown): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return fetch(address, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function errorIn(response: Response): Promise<string> {
  const { error } = (await response.json().catch(() => ({}))) as { error?: string }
  return error ?? `${response.url}: ${response.status} ${response.statusText}`
}
