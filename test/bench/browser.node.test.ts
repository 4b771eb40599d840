/** The server of the benchmark page, as far as it can be seen without a browser. */

import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { serve } from '../../bench/browser/serve.ts'
import type { Setup } from '../../bench/browser/server/setup.ts'
import { NodeWorker } from '../../bench/driver/process-worker.ts'

describe('the server of the benchmark page', () => {
  let served: Awaited<ReturnType<typeof serve>>
  beforeAll(async () => {
    served = await serve()
  })
  afterAll(() => served.server.close())

  it('isolates pages, so that they may share memory between threads', async () => {
    const response = await fetch(`${served.address}/bench/browser/`)
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp')
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
  })

  it('gives modules the type that browsers insist on, at addresses that the frame of a system names', async () => {
    const page = await (await fetch(`${served.address}/bench/browser/system.html`)).text()
    const own = [...page.matchAll(/"(\/dist\/[^"]+)"/g)].map(([, path]) => path!)
    expect(own).toHaveLength(1)
    const scripts = ['/bench/browser/system.mjs', '/bench/browser/thread.mjs', '/bench/systems/quadlane.mjs']
    for (const path of [...own, ...scripts, '/bench/browser/page/main.ts']) {
      const response = await fetch(`${served.address}${path}`)
      expect(response.headers.get('content-type'), path).toMatch(/javascript/)
      expect(response.headers.get('cross-origin-embedder-policy'), path).toBe('require-corp')
    }
  })

  it('makes JavaScript of TypeScript, which still imports what the source imports', async () => {
    const script = await (await fetch(`${served.address}/bench/driver/figures.ts`)).text()
    expect(script).toMatch(/^import { WORK } from '..\/shared\/work.mjs'/m)
    expect(script).toContain('export function figure(value) {')
  })

  it('serves nothing outside of the checkout', async () => {
    expect((await fetch(`${served.address}/nowhere.js`)).status).toBe(404)
    expect((await fetch(`${served.address}/..%2f..%2f..%2f..%2f..%2fetc/passwd`)).status).toBe(404)
    expect((await fetch(`${served.address}/bench/..%2fvitest.config.ts`)).status).toBe(404)
  })

  it('refuses what is no path, and lives on', async () => {
    const { port } = new URL(served.address)
    const sent = request({ host: '127.0.0.1', port, path: '//' }).end()
    const [response] = await once(sent, 'response')
    expect([response.statusCode, await bodyOf(response)]).toEqual([400, { error: 'expected a path, given //' }])
    expect((await fetch(`${served.address}/bench/setup`)).status).toBe(200)
  })

  it('tells what the page cannot know', async () => {
    const { node, machine, installed } = (await (await fetch(`${served.address}/bench/setup`)).json()) as Setup
    expect(node).toBe(process.versions.node)
    expect(machine.cores).toBeGreaterThan(0)
    expect(installed).toBeInstanceOf(Array)
  })
})

/** Sends JSON as a page would, or as one elsewhere; the answer is not read to its end. */
async function send(address: string, body: unknown, headers: Record<string, string>): Promise<IncomingMessage> {
  const sent = request(address, { method: 'POST', headers })
  sent.end(JSON.stringify(body))
  const [response] = await once(sent, 'response')
  return response as IncomingMessage
}

async function bodyOf(response: IncomingMessage): Promise<{ error?: string; reply?: unknown }> {
  return JSON.parse((await response.toArray()).join(''))
}

describe('quadlane in Node, for the page', () => {
  let served: Awaited<ReturnType<typeof serve>>
  let node: string
  let own: Record<string, string>
  beforeAll(async () => {
    served = await serve()
    node = `${served.address}/bench/node`
    own = { origin: served.address, 'sec-fetch-site': 'same-origin' }
  })
  afterAll(() => {
    served.server.closeAllConnections()
    served.server.close()
  })

  it.each([
    ['of another origin', { origin: 'http://example.com' }],
    ['of the same name, but another site', { 'sec-fetch-site': 'cross-site' }],
    ['of no origin', { origin: '' }],
    ['by a name that was made to point here', { host: 'example.com', origin: 'http://example.com' }],
  ])('does nothing for a page %s', async (_, headers) => {
    const response = await send(node, { simd: 'baseline' }, { ...own, ...headers })
    expect(response.statusCode).toBe(403)
    expect((await bodyOf(response)).error).toMatch(/^\/bench\/node: expected a request of a page of http:\/\/127.0.0.1/)
  })

  it('takes no other method than POST', async () => {
    const response = await fetch(node)
    expect(response.status).toBe(405)
    expect(await response.json()).toEqual({ error: '/bench/node: expected POST, given GET' })
  })

  it('times an item, says what it does not take, and ends the process with the response that started it', async () => {
    const lifeline = await send(node, { simd: 'baseline' }, own)
    expect(lifeline.statusCode).toBe(201)
    const ask = async (body: unknown): Promise<{ error?: string; reply?: unknown }> => {
      return bodyOf(await send(`${served.address}${lifeline.headers.location}`, body, own))
    }
    expect(await ask({ op: 'open', system: '../shared/work' })).toEqual({
      error: 'system: expected quadlane, given "../shared/work"',
    })
    const open = { op: 'open', system: 'quadlane', options: { threads: 1, simd: 'baseline', module: 'node:fs' } }
    expect(await ask({ ...open, options: { threads: 99 } })).toEqual({ error: 'threads: expected 1 to 16, given 99' })
    expect(await ask(open)).toMatchObject({ reply: { facts: { build: 'baseline', threads: 1 } } })
    expect(await ask({ op: 'round', item: 'matmul-64' })).toEqual({ error: 'matmul-64 is not prepared' })
    expect(await ask({ op: 'round', item: 'toString' })).toMatchObject({
      error: expect.stringMatching(/^item: expected/),
    })
    await ask({ op: 'prepare', item: 'matmul-64' })
    const { reply } = await ask({ op: 'round', item: 'matmul-64' })
    expect((reply as { ms: number }).ms).toBeGreaterThan(0)

    const close = vi.spyOn(NodeWorker.prototype, 'close')
    lifeline.destroy()
    await expect.poll(() => ask(open)).toEqual({ error: expect.stringMatching(/no such process, or it has ended$/) })
    expect(close).toHaveBeenCalledOnce()
  })

  it('has the builds that this Node has', async () => {
    const response = await send(node, { simd: 'wide' }, own)
    expect(response.statusCode).toBe(400)
    expect(await bodyOf(response)).toEqual({ error: 'simd: expected baseline or relaxed, given "wide"' })
  })
})
