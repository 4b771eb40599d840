/** Opens a consumer's page in Chromium, served by Vite with or without the headers that let threads share memory. */

import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { createServer, type PreviewServer, preview, type ViteDevServer } from 'vite'
import type { Page } from './consumers.ts'
import { type Result, readResult } from './result.ts'

const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

async function serve(page: Page, project: string, isolated: boolean): Promise<ViteDevServer | PreviewServer> {
  const headers: Record<string, string> = isolated ? ISOLATION : {}
  const common = { root: project, configFile: false, logLevel: 'error' } as const
  const where = { host: '127.0.0.1', port: 0, headers }
  if (page.dev !== true) return preview({ ...common, build: { outDir: join(project, page.serve) }, preview: where })
  const server = await createServer({ ...common, server: { ...where, hmr: false } })
  return server.listen()
}

const MINUTES = 60_000

/** What the page says, or how it failed. */
export async function openPage(browser: Browser, page: Page, project: string, isolated: boolean): Promise<Result> {
  const server = await serve(page, project, isolated)
  const tab = await browser.newPage()
  const troubles: string[] = []
  // Browsers ask for an icon by themselves.
  await tab.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }))
  const result = new Promise<Result>((resolve) => {
    tab.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text())
      const result = readResult(message.text())
      if (result !== undefined) resolve(result)
    })
    tab.on('pageerror', (error) => resolve({ error: String(error) }))
    setTimeout(() => resolve({ error: 'nothing for two minutes' }), 2 * MINUTES).unref()
  })
  try {
    await tab.goto(`http://127.0.0.1:${(server.httpServer!.address() as AddressInfo).port}/`)
    const said = await result
    return troubles.length === 0 ? said : { ...said, error: [said.error, ...troubles].filter(Boolean).join('\n') }
  } catch (error) {
    return { error: [String(error), ...troubles].join('\n') }
  } finally {
    await tab.close()
    await server.close()
  }
}
