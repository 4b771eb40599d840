/** Clicks through the demo as a visitor would, in Firefox; and how it looks there. */

import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unzipSync } from 'fflate'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installedBrowser } from '../../scripts/installed-browsers.ts'
import { launchBrowser } from '../browser/puppeteer-provider.ts'
import { choose, click, focus, type Opened, openPage, trainUntil } from './firefox-page.ts'
import './patience.ts'
import { buildSite, type Site, serveSite } from './site.ts'
import { atPhase, cells, drawOne, figure, numberOf, probabilities, rightTiles, stepsTaken, texts } from './visitor.ts'

const installed = installedBrowser('firefox')

/** Where the pictures go, for people to look at. */
const PICTURES = fileURLToPath(new URL('../../build/demo-screenshots', import.meta.url))
const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }
const PARTS = ['train', 'draw', 'network', 'test', 'arithmetic', 'model'] as const

function picture(name: string): { path: string } {
  return { path: join(PICTURES, `firefox-${name}.png`) }
}

async function takePictures(page: Page, name: string): Promise<void> {
  // The bar would lie across the parts.
  const style = await page.addStyleTag({ content: '.header { position: static }' })
  for (const part of PARTS) {
    const element = await page.waitForSelector(`#${part}`)
    await element!.screenshot(picture(`${name}-${part}`))
  }
  await style.evaluate((element) => element.remove())
}

/** How many pixels the page can be scrolled to the side. */
function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

describe.skipIf(installed === undefined)('the demo in Firefox', () => {
  let folder = ''
  let site: Site
  let downloads = ''

  beforeAll(async () => {
    folder = await buildSite('firefox')
    site = await serveSite(folder, { isolated: true })
    downloads = await mkdtemp(join(tmpdir(), 'quadlane-downloads-'))
    await mkdir(PICTURES, { recursive: true })
  })
  afterAll(async () => {
    await site.close()
    await rm(downloads, { recursive: true, force: true })
  })

  describe('on a desktop', () => {
    let browser: Browser
    let opened: Opened
    let page: Page

    beforeAll(async () => {
      browser = await launchBrowser(installed!)
      const downloadBehavior = { policy: 'allow', downloadPath: downloads } as const
      opened = await openPage(await browser.createBrowserContext({ downloadBehavior }), site.url, DESKTOP)
      page = opened.page
    })
    afterAll(async () => {
      await browser.close()
      expect(opened.complaints).toEqual([])
    })
    const text = async (selector: string) => (await texts(page, selector))[0]

    it('is ready, with threads', async () => {
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
      expect(await text('.status-line')).toBe('Ready: 1,199,882 weights, all of them still random.')
      expect(numberOf((await figure(page, 'SIMD build')).replace(/ threads?$/, ''))).toBeGreaterThan(1)
      expect(await rightTiles(page)).toBeLessThan(25)
    })

    it('trains until it is paused', async () => {
      await trainUntil(page, 'Start training', 45)
      const paused = await stepsTaken(page)
      await new Promise((resolve) => setTimeout(resolve, 400))
      expect(await stepsTaken(page)).toBe(paused)
      expect(await rightTiles(page)).toBeGreaterThan(35)
      expect(numberOf((await figure(page, 'a step')).replace(' ms', ''))).toBeGreaterThan(0)
    })

    it('reads a drawn digit', async () => {
      const before = await probabilities(page)
      await click(page, 'Clear')
      await expect.poll(() => text('.reading')).toBe('Nothing is drawn.')
      await drawOne(page)
      await expect.poll(() => text('.reading')).toMatch(/^It reads a 1, \d+ % sure\.$/)
      expect(await probabilities(page)).not.toEqual(before)
    })

    it('takes a test', async () => {
      await click(page, 'Run the test')
      await expect.poll(() => text('#test .lead')).toMatch(/^It reads [\d.]+ % of 2,000 digits/)
      const counts = (await cells(page, '.confusion')).slice(1).map((row) => row.map((count) => Number(count) || 0))
      expect(counts.flat().reduce((a, b) => a + b, 0)).toBe(2000)
      const mistakes = await texts(page, '.mistakes li')
      expect(mistakes.length).toBeGreaterThan(0)
      for (const mistake of mistakes) expect(mistake).toMatch(/(\d) as (?!\1)\d/)
    })

    it('computes by hand what sliders say', async () => {
      const values = async () => (await cells(page, '[aria-label^="Feature map, "]')).map((row) => row.map(numberOf))
      await expect.poll(values).toEqual([
        [4, 3, 4],
        [2, 4, 3],
        [2, 3, 4],
      ])
      await focus(page, 'Padding')
      await page.keyboard.press('ArrowRight')
      await expect.poll(async () => (await values()).length).toBe(5)
      const [sum] = await texts(page, '.sum-text')
      // Where the mouse presses, the thumb goes.
      await page.locator('.sum input').click({ offset: { x: 2, y: 16 } })
      await expect.poll(() => text('.sum-text')).not.toBe(sum)
      expect(await text('.sum .figure')).toBe('1')
    })

    it('keeps a model in a file that loads again', async () => {
      await click(page, 'Download the model')
      const path = join(downloads, 'lenet.zip')
      const weights = async () => unzipSync(await readFile(path))['weights.bin']?.length
      await expect.poll(weights).toBe(4 * 1_199_882)
      const before = await probabilities(page)
      await click(page, 'Reset')
      await expect.poll(() => probabilities(page)).not.toEqual(before)
      const [chooser] = await Promise.all([page.waitForFileChooser(), click(page, 'Load a model')])
      await chooser.accept([path])
      await expect.poll(() => text('.file-message')).toBe('lenet.zip: lenet is loaded and ready.')
      await expect.poll(() => probabilities(page)).toEqual(before)
    })

    it('trains another network', async () => {
      await click(page, 'Reset')
      await page.locator('.settings summary').click()
      await choose(page, 'Network', 'MLP')
      expect(await text('.settings summary')).toContain('mlp, built-in digits')
      await trainUntil(page, 'Start training', 30)
      await expect.poll(() => text('.closer-picker')).toContain('Unit 1 of 512')
    })
  })

  it('has threads by its service worker on a host that sends no headers', async () => {
    const host = await serveSite(folder, { isolated: false, base: '/some/where/' })
    const browser = await launchBrowser(installed!)
    try {
      const page = await browser.newPage()
      await page.goto(host.url)
      await page.waitForFunction('crossOriginIsolated')
      await atPhase(page, 'ready')
      expect(await figure(page, 'SIMD build')).not.toBe('1 thread')
      await trainUntil(page, 'Start training', 3)
    } finally {
      await browser.close()
      await host.close()
    }
  })

  describe.for([
    ['light', 0],
    ['dark', 1],
  ] as const)('in %s colours', ([theme, systemUsesDarkTheme]) => {
    let browser: Browser
    beforeAll(async () => {
      browser = await launchBrowser(installed!, {
        'ui.systemUsesDarkTheme': systemUsesDarkTheme,
        'ui.prefersReducedMotion': 1,
      })
    })
    afterAll(() => browser.close())

    it.for([
      ['desktop', DESKTOP],
      ['phone', PHONE],
    ] as const)('fits a %s', async ([device, viewport]) => {
      // A context of its own: a run that was kept by the page before would be there again.
      const context = await browser.createBrowserContext()
      const { page, complaints } = await openPage(context, site.url, viewport)
      expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe(theme)
      await page.screenshot(picture(`${device}-${theme}-first`))
      await trainUntil(page, 'Start training', 20)
      await click(page, 'Run the test')
      await page.waitForSelector('.mistakes li')
      expect(await sideways(page)).toBe(0)
      await page.locator('.settings summary').click()
      expect(await sideways(page)).toBe(0)
      await takePictures(page, `${device}-${theme}`)
      expect(complaints).toEqual([])
      await context.close()
    })
  })
})
