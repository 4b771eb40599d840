/** How the demo looks and whom it is open to: themes, widths, contrast, keyboard; and how it does on any host. */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installedBrowser } from '../../scripts/installed-browsers.ts'
import { launchChromium } from '../browser/playwright-chromium.ts'
import { choose, click, openPage, trainUntil } from './page.ts'
import './patience.ts'
import { buildSite, type Site, serveSite } from './site.ts'
import { atPhase } from './visitor.ts'

const installed = installedBrowser('chromium')

/** Where the pictures go, for people to look at. */
const PICTURES = fileURLToPath(new URL('../../build/demo-screenshots', import.meta.url))
const WIDTHS = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const
const LOOKS = (['light', 'dark'] as const).flatMap((theme) =>
  (['desktop', 'phone'] as const).map((device) => ({ theme, device })),
)

/** What axe finds wrong, by the rules of WCAG 2.2, level AA, and good practice. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run()
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
  })
}

describe.skipIf(installed === undefined)('the demo', () => {
  let browser: Browser
  let folder = ''
  let site: Site

  beforeAll(async () => {
    folder = await buildSite('looks')
    site = await serveSite(folder, { isolated: true })
    browser = await launchChromium(installed!)
    await mkdir(PICTURES, { recursive: true })
  })
  afterAll(async () => {
    await browser.close()
    await site.close()
  })

  it.for(LOOKS)('has no faults in $theme on a $device', async ({ theme, device }) => {
    const options = { viewport: WIDTHS[device], colorScheme: theme, reducedMotion: 'reduce' } as const
    const { page, complaints } = await openPage(browser, site.url, options)
    const picture = (name: string) => join(PICTURES, `${device}-${theme}-${name}.png`)
    await page.screenshot({ path: picture('first') })
    await page.locator('.settings summary').click()
    await choose(page, 'Network', 'Build your own')
    await page.locator('.chip').first().click()
    expect(await faults(page)).toEqual([])
    await page.locator('.settings').screenshot({ path: picture('builder') })
    await choose(page, 'Network', 'LeNet, the lecture’s')
    await trainUntil(page, 20)
    await page.locator('.tile').first().click()
    await page.locator('.bar-best').first().waitFor()
    expect(await faults(page)).toEqual([])
    await page.screenshot({ path: picture('digit') })
    await page.keyboard.press('Escape')
    await click(page, 'Run the test')
    await page.waitForSelector('.mistakes li')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(WIDTHS[device].width)
    expect(await faults(page)).toEqual([])
    await page.locator('.settings summary').click()
    // The bar would lie across the parts.
    await page.addStyleTag({ content: '.header { position: static }' })
    for (const part of ['train', 'draw', 'network', 'test', 'arithmetic', 'model']) {
      await page.locator(`#${part}`).screenshot({ path: picture(part) })
    }
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('loads little before it is ready', async () => {
    const page = await browser.newPage()
    const sizes: Promise<number>[] = []
    page.on('response', (response) => {
      // Fonts are compressed as they are; a host compresses the others.
      const isPacked = response.url().endsWith('.woff2')
      const size = async () => {
        const body = await response.body()
        return isPacked ? body.length : gzipSync(body).length
      }
      sizes.push(size())
    })
    await page.goto(site.url)
    await atPhase(page, 'ready')
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    console.log(`The demo's first load: ${(bytes / 1000).toFixed(1)} kB`)
    expect(bytes).toBeGreaterThan(100_000)
    expect(bytes).toBeLessThanOrEqual(300_000)
    await page.close()
  })

  it('can be used by keyboard', async () => {
    const { page } = await openPage(browser, site.url)
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim())
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Start training')
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)
    expect(outline).toBe('solid')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-phase=training]', { state: 'attached' })
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-phase=paused]', { state: 'attached' })
    expect(await page.getByRole('status').first().textContent()).toMatch(/^Paused, validation accuracy \d+ %$/)
    await page.context().close()
  })

  it('follows the system’s colours until it is told otherwise, and remembers', async () => {
    const { page } = await openPage(browser, site.url, { colorScheme: 'light' })
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(await background()).toBe('rgb(246, 247, 249)')
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(background).toBe('rgb(14, 17, 22)')
    await page.getByRole('button', { name: 'Switch to light colours' }).click()
    expect(await background()).toBe('rgb(246, 247, 249)')
    await page.reload()
    expect(await background()).toBe('rgb(246, 247, 249)')
    await page.context().close()
  })

  describe('on a host that sends no headers, below a path', () => {
    let host: Site
    beforeAll(async () => {
      host = await serveSite(folder, { isolated: false, base: '/some/where/' })
    })
    afterAll(() => host.close())
    const threads = (page: Page) => page.locator('.figure-cell', { hasText: 'SIMD build' }).innerText()

    it('has threads by its service worker', async () => {
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(host.url)
      await expect.poll(() => page.evaluate(() => crossOriginIsolated).catch(() => false)).toBe(true)
      await page.waitForSelector('[data-phase=ready]', { state: 'attached' })
      expect(await threads(page)).not.toContain('not cross-origin isolated')
      await trainUntil(page, 3)
      await context.close()
    })

    it('runs one thread where there is no service worker either, and says why', async () => {
      const { page, complaints } = await openPage(browser, host.url, { serviceWorkers: 'block' })
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(false)
      expect(await threads(page)).toContain('1 thread')
      expect(await threads(page)).toContain('the page is not cross-origin isolated')
      await trainUntil(page, 3)
      expect(complaints).toEqual([])
      await page.context().close()
    })
  })
})
