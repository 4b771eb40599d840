/**
 * Drives the browsers for vitest: Chromium and Firefox by the same standard protocol, WebDriver BiDi, which the
 * browsers of a Linux distribution speak. (Playwright wants a Firefox of its own.)
 */

import { defineBrowserProvider } from '@vitest/browser'
import { type Browser, launch, type Page } from 'puppeteer-core'
import type { BrowserProvider, BrowserProviderOption } from 'vitest/node'
import { CHROMIUM_FLAGS, type InstalledBrowser } from '../../scripts/installed-browsers.ts'

/**
 * Starts a browser without a window and with a profile of its own.
 * @param preferences of Firefox, as about:config has them
 */
export function launchBrowser(
  { name, executable }: InstalledBrowser,
  preferences: Record<string, unknown> = {},
): Promise<Browser> {
  return launch({
    browser: name === 'firefox' ? 'firefox' : 'chrome',
    executablePath: executable,
    headless: true,
    args: name === 'chromium' ? CHROMIUM_FLAGS : [],
    extraPrefsFirefox: preferences,
    // Long tests compute; nothing of theirs is a call that hangs.
    protocolTimeout: 0,
  })
}

class PuppeteerProvider implements BrowserProvider {
  readonly name = 'puppeteer'
  readonly supportsParallelism = false
  readonly #installed: InstalledBrowser
  #browser: Promise<Browser> | undefined
  readonly #pages = new Map<string, Page>()

  constructor(installed: InstalledBrowser) {
    this.#installed = installed
  }

  getCommandsContext(sessionId: string): Record<string, unknown> {
    return { page: this.#pages.get(sessionId) }
  }

  async openPage(sessionId: string, url: string): Promise<void> {
    this.#browser ??= launchBrowser(this.#installed)
    await this.#pages.get(sessionId)?.close()
    const page = await (await this.#browser).newPage()
    this.#pages.set(sessionId, page)
    await page.goto(url, { waitUntil: 'domcontentloaded' })
  }

  async close(): Promise<void> {
    await (await this.#browser)?.close()
  }
}

/** The provider for one browser. */
export function puppeteer(installed: InstalledBrowser): BrowserProviderOption {
  return defineBrowserProvider({
    name: 'puppeteer',
    supportedBrowser: ['chromium', 'firefox'],
    providerFactory: () => new PuppeteerProvider(installed),
  })
}
