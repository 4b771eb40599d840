/** The service worker that docs/browser.md offers, on a host without headers: it isolates the page. */

import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installedBrowsers } from '../../scripts/installed-browsers.ts'
import { launchBrowser } from './puppeteer-provider.ts'

const browsers = installedBrowsers()

describe.runIf(browsers.length > 0)('the service worker of docs/browser.md', () => {
  let server: Server
  let address = ''

  beforeAll(async () => {
    const docs = await readFile(new URL('../../docs/browser.md', import.meta.url), 'utf8')
    const script = /root of the site:\s+```js\n(.*?)```/s.exec(docs)![1]!
    const page = /the page: `(.*?)`/.exec(docs)![1]!
    server = createServer(({ url }, response) => {
      const [type, text] =
        url === '/isolation.js' ? ['text/javascript', script] : ['text/html', `<!doctype html>${page}`]
      response.writeHead(200, { 'content-type': type }).end(text)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  it.each(browsers)('isolates a page in $name', async (installed) => {
    const browser = await launchBrowser(installed)
    try {
      const page = await browser.newPage()
      await page.goto(address)
      await page.waitForFunction('crossOriginIsolated', { timeout: 20_000 })
      expect(await page.evaluate('typeof SharedArrayBuffer')).toBe('function')
    } finally {
      await browser.close()
    }
  })
})
