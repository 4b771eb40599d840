/** Clicks through the demo as a visitor would, in Chromium. */

import { readFile } from 'node:fs/promises'
import { unzipSync } from 'fflate'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installedBrowser } from '../../scripts/installed-browsers.ts'
import { launchChromium } from '../browser/playwright-chromium.ts'
import { idxFile } from '../data/idx-files.ts'
import { choose, click, type Opened, openPage, reset, select, slide, trainUntil, transferOf } from './page.ts'
import './patience.ts'
import { buildSite, type Site, serveSite } from './site.ts'
import { atPhase, cells, drawOne, figure, numberOf, probabilities, rightTiles, stepsTaken } from './visitor.ts'

const installed = installedBrowser('chromium')
const DIGITS = Array.from({ length: 10 }, (_, digit) => digit)

describe.skipIf(installed === undefined)('the demo', () => {
  let browser: Browser
  let site: Site
  let opened: Opened
  let page: Page

  beforeAll(async () => {
    site = await serveSite(await buildSite('page'), { isolated: true })
    browser = await launchChromium(installed!)
    opened = await openPage(browser, site.url)
    page = opened.page
  })
  afterAll(async () => {
    await browser.close()
    await site.close()
    expect(opened.complaints).toEqual([])
  })

  const text = (selector: string) => page.locator(selector).first().innerText()
  const shownProbabilities = () => probabilities(page)

  describe('trains', () => {
    it('is alive before it starts, with a network that guesses', async () => {
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
      expect(await text('.status-line')).toBe('Ready: 1,199,882 weights, all of them still random.')
      expect(await page.locator('.wall canvas').count()).toBe(60)
      expect(await rightTiles(page)).toBeLessThan(25)
      const box = await page.getByRole('button', { name: 'Start training' }).first().boundingBox()
      expect(box!.y + box!.height).toBeLessThan(800)
    })

    it('a single step at a time', async () => {
      await click(page, 'Step')
      await atPhase(page, 'paused')
      expect(await stepsTaken(page)).toBe(1)
      await click(page, 'Step')
      await expect.poll(() => stepsTaken(page)).toBe(2)
    })

    it('on and on until it is paused, and nothing jumps meanwhile', async () => {
      await page.evaluate(() => {
        const seen = { shift: 0 }
        Object.assign(globalThis, { seen })
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) seen.shift += (entry as PerformanceEntry & { value: number }).value
        }).observe({ type: 'layout-shift', buffered: false })
      })
      await trainUntil(page, 45)
      const { shift } = await page.evaluate(() => (globalThis as unknown as { seen: { shift: number } }).seen)
      expect(shift).toBeLessThan(0.001)
      const paused = await stepsTaken(page)
      await page.waitForTimeout(400)
      expect(await stepsTaken(page)).toBe(paused)
      expect(await rightTiles(page)).toBeGreaterThan(35)
    })

    it('and tells how fast, on what, and how well', async () => {
      const milliseconds = numberOf(await figure(page, 'a step'))
      const images = numberOf(await figure(page, 'learned from'))
      expect(images / (64 / (milliseconds / 1000))).toBeCloseTo(1, 1)
      // 71,565,312 floating-point operations per image, as the lecture's network has them.
      expect(numberOf(await figure(page, 'computed'))).toBeCloseTo((images * 71_565_312) / 1e9, 0)
      expect(numberOf(await figure(page, 'of memory'))).toBeGreaterThan(15)
      expect(await figure(page, 'SIMD build')).toMatch(/^\d+ threads?$/)
      expect(await page.getByRole('img', { name: /^Loss over \d+ steps/ }).count()).toBe(1)
      const accuracy = await page.getByRole('img', { name: /^Accuracy over \d+ steps/ }).getAttribute('aria-label')
      expect(numberOf(/now (.*)/.exec(accuracy!)![1]!)).toBeGreaterThan(60)
    })
  })

  describe('reads a drawn digit', () => {
    it('by its probabilities, at once', async () => {
      await click(page, 'Clear')
      await expect.poll(() => text('.reading')).toBe('Nothing is drawn.')
      await drawOne(page)
      await expect.poll(() => text('.reading')).toMatch(/^It reads a 1, \d+ % sure\.$/)
      const sum = (await probabilities(page)).reduce((a, b) => a + b, 0)
      expect(Math.abs(sum - 100)).toBeLessThan(0.6)
    })

    it('by examples of the test set', async () => {
      for (const digit of [0, 6]) {
        const before = await probabilities(page)
        await click(page, `A ${digit} from the test set`)
        await expect.poll(shownProbabilities).not.toEqual(before)
      }
    })

    it('and shows filters and maps', async () => {
      const maps = await page.locator('.layer').allInnerTexts()
      expect(maps.map((layer) => layer.split('\n').filter((line) => line !== ''))).toEqual([
        ['Convolution', '32 maps of 26×26', '32 filters of 3×3'],
        ['Convolution', '64 maps of 24×24', '64 filters of 32 × 3×3'],
        ['Max pooling', '64 maps of 12×12'],
        ['Dense layer', '128 units'],
      ])
    })
  })

  describe('lays the network open', () => {
    const kernel = () =>
      page
        .locator('.closer .kernel input')
        .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value))
    const grid = async (name: string) => (await cells(page, `.closer [aria-label="${name}"]`)).flat().map(numberOf)
    /** A click on the picture of the network, in CSS pixels from its corner. */
    const clickPicture = (x: number, y: number) => page.locator('.network canvas').last().click({ position: { x, y } })

    it('with the products under the window of any filter', async () => {
      await select(page, 'Layer', '1. Convolution')
      const first = await kernel()
      expect(first).toHaveLength(9)
      await slide(page, /^Filter/, 7)
      await expect.poll(kernel).not.toEqual(first)
      await slide(page, /^Window \d/, 300)
      const [patch, products] = [await grid('Under the window'), await grid('Products')]
      const weights = (await kernel()).map(numberOf)
      products.forEach((product, i) => expect(Math.abs(product - patch[i]! * weights[i]!)).toBeLessThan(0.012))
    })

    it('where the window slides by itself', async () => {
      const at = () => page.locator('.place-controls input').inputValue().then(Number)
      const before = await at()
      await click(page, 'Slide')
      await expect.poll(at).toBeGreaterThan(before + 3)
      await click(page, 'Stop')
      await click(page, 'One place back')
    })

    it('with kernels that can be changed, and put back', async () => {
      const before = await kernel()
      const sum = await text('.closer-sum')
      for (const cell of [0, 4]) await page.locator('.closer .kernel input').nth(cell).fill('9')
      await page.keyboard.press('Enter')
      await expect.poll(() => text('.closer')).toContain('Your map')
      await click(page, 'The network’s kernel again')
      await expect.poll(kernel).toEqual(before)
      expect(await text('.closer-sum')).toBe(sum)
    })

    it('by a click on a map of the second layer, one filter after the other', async () => {
      const second = await page.locator('.network canvas').last().boundingBox()
      await clickPicture(second!.width * 0.37, 200)
      await expect.poll(() => text('.closer .closer-picker')).toMatch(/Filter \d+ of 64/)
      await expect.poll(() => page.locator('.strip-item').count()).toBe(8)
      const before = await kernel()
      await page.locator('.strip-item[aria-pressed=false]').first().click()
      await expect.poll(kernel).not.toEqual(before)
      await page
        .locator('.layer')
        .nth(1)
        .locator('canvas')
        .last()
        .click({ position: { x: 10, y: 10 } })
      await expect.poll(() => text('.closer .closer-picker')).toMatch(/Filter 1 of 64/)
    })

    it('through pooling to the sums of the answer', async () => {
      await select(page, 'Layer', '3. Max pooling')
      await slide(page, /^Window \d/, 80)
      const largest = Math.max(...(await grid('Under the window')))
      expect(numberOf(/kept: (.*)\.$/.exec(await text('.closer-sum'))![1]!)).toBeCloseTo(largest, 2)
      await select(page, 'Layer', '4. Dense')
      await expect.poll(() => text('.closer-sum')).toContain('All 9,216 products')
      await select(page, 'Layer', '5. Dense')
      await expect.poll(() => page.locator('.softmax-table tbody tr').count()).toBe(11)
      const rows = await cells(page, '.softmax-table tbody')
      const shares = rows.slice(0, 10).map((row) => numberOf(row[2]!))
      expect(shares).toEqual(await probabilities(page))
      expect(numberOf(rows[10]![1]!) > 0 || rows[10]![1]!.includes('10')).toBe(true)
    })
  })

  describe('winds back', () => {
    const steps = async () => Number(await page.getByRole('slider', { name: 'Wind back' }).inputValue())

    it('to the very same network', async () => {
      const newest = await steps()
      const [last, seen] = [await probabilities(page), await text('.closer')]
      const early = await page.evaluate(() => document.querySelector('.status-line')!.textContent)
      await slide(page, /^Wind back/, 3)
      await expect.poll(() => text('.rewind-text')).toBe(`step 3 of ${newest}`)
      await expect.poll(shownProbabilities).not.toEqual(last)
      const third = await probabilities(page)
      await slide(page, /^Wind back/, newest - 1)
      await expect.poll(shownProbabilities).not.toEqual(third)
      await slide(page, /^Wind back/, 3)
      await expect.poll(shownProbabilities).toEqual(third)
      await click(page, 'To the newest')
      await expect.poll(shownProbabilities).toEqual(last)
      await expect.poll(() => text('.closer')).toBe(seen)
      await expect.poll(() => page.evaluate(() => document.querySelector('.status-line')!.textContent)).toBe(early)
    })

    it('and trains the same steps again from there', async () => {
      const newest = await steps()
      const last = await probabilities(page)
      await slide(page, /^Wind back/, newest - 2)
      await expect.poll(shownProbabilities).not.toEqual(last)
      await click(page, 'Step')
      await expect.poll(steps).toBe(newest - 1)
      await atPhase(page, 'paused')
      await click(page, 'Step')
      await expect.poll(steps).toBe(newest)
      await expect.poll(shownProbabilities).toEqual(last)
    })
  })

  describe('takes a test', () => {
    it('and shows who is taken for whom', async () => {
      await click(page, 'Run the test')
      await expect.poll(() => text('#test .lead')).toMatch(/^It reads [\d.]+ % of 2,000 digits/)
      const counts = (await cells(page, '.confusion')).slice(1).map((row) => row.map((count) => Number(count) || 0))
      expect(counts.flat().reduce((a, b) => a + b, 0)).toBe(2000)
      const right = DIGITS.reduce((sum, digit) => sum + counts[digit]![digit]!, 0)
      expect(await text('#test .lead')).toContain(`${(100 * (right / 2000)).toFixed(1)} %`)
      for (const mistake of await page.locator('.mistakes li').allInnerTexts()) {
        const [, label, guess] = /(\d) as (\d)/.exec(mistake)!
        expect(label).not.toBe(guess)
      }
    })

    it('with digits that are moved, beside an MLP', async () => {
      await click(page, 'Train an MLP too and compare')
      await expect.poll(() => text('#test .job ~ * .job')).toMatch(/training the mlp, step \d+ of \d+/)
      await click(page, 'Cancel')
      await expect.poll(() => text('#test .job ~ * .job')).toContain('Called off.')
      await click(page, 'Train an MLP too and compare')
      await expect.poll(async () => (await cells(page, '#test .numbers')).flat()).not.toContain('–')
      const rows = (await cells(page, '#test .numbers')).slice(1).map((row) => row.map(numberOf))
      expect(rows).toHaveLength(5)
      for (const column of [0, 1]) expect(rows[0]![column]).toBeGreaterThan(rows[4]![column]! + 10)
    })
  })

  describe('computes the lecture’s arithmetic', () => {
    const map = () => page.getByRole('table', { name: /^Feature map, / })
    const values = async () => (await map().locator('tr').allInnerTexts()).map((row) => row.split(/\s+/).map(numberOf))

    it('of the nine steps', async () => {
      await expect.poll(values).toEqual([
        [4, 3, 4],
        [2, 4, 3],
        [2, 3, 4],
      ])
      await slide(page, /^Place/, 1)
      expect(await text('.sum-text')).toBe('1 + 0 + 1 + 0 + 1 + 0 + 0 + 0 + 1 = 4')
    })

    it('of size, padding and stride', async () => {
      await slide(page, /^Padding/, 2)
      await slide(page, /^Stride/, 2)
      expect((await text('.sizes .formula')).replace(/\s+/g, ' ')).toBe(
        '⌊(n + 2p − k) / s⌋ + 1 = ⌊(5 + 2·2 − 3) / 2⌋ + 1 = 4',
      )
      await expect.poll(async () => (await values()).map((row) => row.length)).toEqual([4, 4, 4, 4])
      await slide(page, /^Padding/, 0)
      await slide(page, /^Kernel/, 7)
      expect(await text('.no-map')).toContain('larger than the picture')
    })

    it('of colours', async () => {
      expect(await page.locator('.channel-sum').allInnerTexts()).toEqual(['sum 308', 'sum −498', 'sum 164'])
      expect(await page.locator('.colour-total').allInnerTexts()).toEqual(['308 − 498 + 164 + 1 (bias)', '= −25'])
      await page.getByRole('button', { name: 'Row 2, column 2: 787' }).click()
      await expect.poll(() => page.locator('.colour-total').last().innerText()).toBe('= 787')
    })

    it('of pooling', async () => {
      const pooled = () =>
        page
          .getByRole('table', { name: /^Pooled, / })
          .locator('tr')
          .allInnerTexts()
      await expect
        .poll(async () => (await pooled()).map((row) => row.split(/\s+/)))
        .toEqual([
          ['9', '8'],
          ['19', '8'],
        ])
      expect(await text('.pooling-text')).toBe('the greatest of 1, 4, 6, 9\n= 9')
      await select(page, 'Map', 'The lecture’s, 5×5')
      await expect
        .poll(async () => (await pooled()).map((row) => row.split(/\s+/)))
        .toEqual([
          ['3', '3', '3'],
          ['3', '3', '3'],
          ['3', '2', '3'],
        ])
      await slide(page, /^Its stride/, 2)
      await expect.poll(async () => (await pooled()).length).toBe(2)
    })
  })

  describe('keeps models', () => {
    it('in a file that loads again', async () => {
      const [download] = await Promise.all([page.waitForEvent('download'), click(page, 'Download the model')])
      expect(download.suggestedFilename()).toBe('lenet.zip')
      const zip = await readFile(await download.path())
      const files = unzipSync(zip)
      expect(Object.keys(files)).toEqual(['model.json', 'weights.bin'])
      expect(files['weights.bin']!.length).toBe(4 * 1_199_882)

      const before = await probabilities(page)
      await click(page, 'Reset')
      await atPhase(page, 'ready')
      await expect.poll(shownProbabilities).not.toEqual(before)
      await page
        .getByLabel('Load a model')
        .setInputFiles({ name: 'lenet.zip', mimeType: 'application/zip', buffer: zip })
      await expect.poll(() => text('.file-message')).toBe('lenet.zip: lenet is loaded and ready.')
      await expect.poll(shownProbabilities).toEqual(before)
    })

    it('that are dropped anywhere on the page', async () => {
      const hint = page.locator('.drop-hint')
      const before = await probabilities(page)
      const [download] = await Promise.all([page.waitForEvent('download'), click(page, 'Download the model')])
      await click(page, 'Reset')
      await atPhase(page, 'ready')
      await expect.poll(shownProbabilities).not.toEqual(before)
      const transfer = await transferOf(page, [{ name: 'mine.zip', buffer: await readFile(await download.path()) }])
      await page.dispatchEvent('h1', 'dragover', { dataTransfer: transfer })
      await expect.poll(() => hint.isVisible()).toBe(true)
      await page.dispatchEvent('h1', 'dragleave')
      await expect.poll(() => hint.isVisible()).toBe(false)
      await page.dispatchEvent('h1', 'dragover', { dataTransfer: transfer })
      await page.dispatchEvent('h1', 'drop', { dataTransfer: transfer })
      await expect.poll(() => hint.isVisible()).toBe(false)
      await expect.poll(() => text('.file-message')).toBe('mine.zip: lenet is loaded and ready.')
      await expect.poll(shownProbabilities).toEqual(before)
    })

    it('and refuses what is none', async () => {
      const before = await probabilities(page)
      const buffer = Buffer.from('{}')
      await page.getByLabel('Load a model').setInputFiles({ name: 'model.json', mimeType: 'text/json', buffer })
      await expect.poll(() => text('.file-message')).toMatch(/^model\.json: expected /)
      expect(await probabilities(page)).toEqual(before)
      await trainUntil(page, 2)
    })
  })

  describe('can be set up', () => {
    it('with another network, optimizer and number of threads', async () => {
      await reset(page)
      await page.locator('.settings summary').click()
      await choose(page, 'Threads', '1')
      await choose(page, 'Network', 'MLP, no convolutions')
      await choose(page, 'Optimizer', 'Momentum')
      await choose(page, 'Learning rate', '0.01')
      await choose(page, 'Batch size', '32')
      expect(await figure(page, 'SIMD build')).toBe('1 thread')
      await trainUntil(page, 30)
      expect(await page.getByRole('combobox', { name: 'Network' }).isDisabled()).toBe(true)
      await expect.poll(() => text('.closer-picker')).toContain('Unit 1 of 512')
      await reset(page)
      await choose(page, 'Network', 'LeNet-5 of 1998')
      await trainUntil(page, 5)
      expect(await page.locator('.layer').first().innerText()).toContain('6 maps of 28×28')
      await reset(page)
    })

    it('with MNIST from files, and from a server', async () => {
      await select(page, 'Images', 'MNIST')
      const files = mnistFiles()
      await page.getByLabel('Choose the files').setInputFiles(files)
      await expect
        .poll(() => text('.data-source [role=status]'))
        .toContain('200 images to learn from, 50 to be tested on')
      await atPhase(page, 'ready')
      await click(page, 'Start training')
      await atPhase(page, 'finished')
      // Seven batches of 32, three times over.
      expect(await stepsTaken(page)).toBe(21)

      const { page: dropped } = await openPage(browser, site.url)
      await dropped.dispatchEvent('body', 'drop', { dataTransfer: await transferOf(dropped, files.slice(1)) })
      const said = dropped.locator('.data-source [role=status]')
      // The settings are unfolded, so that it can be read.
      await expect.poll(() => said.innerText()).toContain('train-images-idx3-ubyte')
      await dropped.dispatchEvent('body', 'drop', { dataTransfer: await transferOf(dropped, files) })
      await expect.poll(() => said.innerText()).toContain('200 images to learn from')
      await dropped.context().close()

      const { page: other } = await openPage(browser, site.url)
      await other.route('https://digits.example/**', (route) => {
        const file = files.find(({ name }) => route.request().url() === `https://digits.example/mnist/${name}`)
        const headers = { 'Access-Control-Allow-Origin': '*' }
        return file ? route.fulfill({ body: file.buffer, headers }) : route.fulfill({ status: 404, headers })
      })
      await other.locator('.settings summary').click()
      await select(other, 'Images', 'MNIST')
      await other.getByLabel('or download them from').fill('https://digits.example/mnist/')
      await click(other, 'Download MNIST')
      const status = other.locator('.data-source [role=status]')
      await expect.poll(() => status.innerText()).toContain('200 images to learn from')
      await other.context().close()
    })
  })
})

/** Two hundred and fifty pictures that are easy to tell apart. */
function mnistFiles() {
  const part = (name: string, count: number) => {
    const labels = Array.from({ length: count }, (_, i) => i % 10)
    const pixels = labels.flatMap((label) =>
      Array.from({ length: 784 }, (_, i) => (i % 28 === 2 * label + 4 ? 255 : 0)),
    )
    return [
      { name: `${name}-images-idx3-ubyte`, buffer: idxFile([count, 28, 28], pixels) },
      { name: `${name}-labels-idx1-ubyte`, buffer: idxFile([count], labels) },
    ]
  }
  return [...part('train', 200), ...part('t10k', 50)].map(({ name, buffer }) => {
    return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(buffer) }
  })
}
