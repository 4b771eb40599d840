/** A page of a headless Chromium as a worker: requests are calls of the page's `handle`. */

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { CHROMIUM_FLAGS, type InstalledBrowser } from '../../scripts/installed-browsers.ts'
import type { Request } from '../shared/host.mjs'
import { type Answer, type Replies, replyIn, type Worker, within } from './worker.ts'

/** Pages are timed one at a time, so none of them may be slowed down for being in the background. */
const ARGS = [
  ...CHROMIUM_FLAGS,
  '--disable-background-networking',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
]
const LAUNCH_MS = 60_000

/** @param jsFlags what V8 is told, e.g. `--no-liftoff` */
export async function launchChromium({ executable }: InstalledBrowser, jsFlags: string): Promise<Browser> {
  const flags = jsFlags === '' ? [] : [`--js-flags=${jsFlags}`]
  // Playwright would catch the signal, end the browser, and let the benchmark go on without it.
  const handleSIGTERM = false
  return chromium.launch({ executablePath: executable, args: [...ARGS, ...flags], timeout: LAUNCH_MS, handleSIGTERM })
}

export class PageWorker implements Worker {
  readonly #context: BrowserContext
  readonly #page: Page

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context
    this.#page = page
  }

  /** A page in a context of its own, so that it gets a process of its own. */
  static async open(browser: Browser, address: string): Promise<PageWorker> {
    const context = await browser.newContext()
    const page = await context.newPage()
    page.setDefaultTimeout(0)
    await page.goto(`${address}/bench/browser/system.html`, { timeout: LAUNCH_MS })
    const isolated = await page.evaluate('crossOriginIsolated')
    if (isolated !== true) throw new Error('the page is not cross-origin isolated')
    return new PageWorker(context, page)
  }

  async request<Op extends Request['op']>(request: Request & { op: Op }, timeoutMs: number): Promise<Replies[Op]> {
    const call = this.#page.evaluate(`globalThis.handle(${JSON.stringify(request)})`)
    return replyIn<Op>((await within(call, timeoutMs)) as Answer)
  }

  async close(): Promise<void> {
    await this.#context.close()
  }
}
