/** The server of the benchmark page, as far as it can be seen without a browser. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve } from '../../bench/browser/serve.ts'

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

  it('gives modules the type that browsers insist on, at addresses that the page names', async () => {
    const page = await (await fetch(`${served.address}/bench/browser/`)).text()
    const own = [...page.matchAll(/"(\/(?:dist|node_modules)\/[^"]+)"/g)].map(([, path]) => path!)
    expect(own).toHaveLength(2)
    for (const path of [...own, '/bench/browser/page.mjs', '/bench/systems/quadlane.mjs']) {
      const response = await fetch(`${served.address}${path}`)
      expect(response.headers.get('content-type'), path).toMatch(/javascript/)
    }
  })

  it('serves nothing outside of the checkout', async () => {
    expect((await fetch(`${served.address}/nowhere.js`)).status).toBe(404)
    expect((await fetch(`${served.address}/..%2f..%2f..%2f..%2f..%2fetc/passwd`)).status).toBe(404)
  })
})
