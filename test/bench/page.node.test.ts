/** The benchmark page as a person uses it, in Chromium, and what it says of the figures. */

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserName } from '../../bench/browser/page/browser-name.ts'
import { verdict } from '../../bench/browser/page/verdict.ts'
import { serve } from '../../bench/browser/serve.ts'
import { launchChromium } from '../../bench/driver/page-worker.ts'
import type { SystemResult } from '../../bench/driver/results.ts'
import { installedBrowser } from '../../scripts/installed-browsers.ts'

const installed = installedBrowser('chromium')

describe.skipIf(installed === undefined)('the benchmark page', () => {
  let served: Awaited<ReturnType<typeof serve>>
  let browser: Browser
  let page: Page
  const errors: string[] = []

  beforeAll(async () => {
    served = await serve()
    browser = await launchChromium(installed!, '')
    page = await browser.newPage()
    page.on('pageerror', ({ message }) => errors.push(message))
    await page.goto(`${served.address}/bench/browser/`)
    await page.getByText('Work', { exact: true }).click()
    await page.getByLabel('max-pool, 2 × 2').waitFor()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    served?.server.closeAllConnections()
    served?.server.close()
  })

  /** Leaves nothing chosen but these. */
  async function choose(...names: string[]): Promise<void> {
    for (const box of await page.locator('#items input, #peers input:enabled').all()) await box.uncheck()
    for (const name of names) await page.getByLabel(name).check()
  }

  async function measure(build: string, threads: number): Promise<string> {
    await page.getByLabel('Build').selectOption(build)
    await page.getByLabel('Threads').fill(String(threads))
    await page.getByLabel('Rounds').fill('1')
    // By the keyboard: what has the focus keeps it.
    await page.getByRole('button', { name: 'Measure' }).press('Enter')
    await page.locator('button:not([aria-disabled]):focus').waitFor()
    return (await page.getByRole('status').textContent()) ?? ''
  }

  it.each([
    ['baseline', 1, 'baseline build, 1 thread'],
    ['relaxed', 2, 'relaxed build, 2 threads'],
  ])('times the %s build on %i threads here and in Node, and divides the times', async (build, threads, title) => {
    await choose('matmul 64')
    expect(await measure(build, threads)).toBe('done')
    const article = page.getByRole('article').first()
    expect(await article.getByRole('heading').textContent()).toBe(title)
    const rows = await article.getByRole('row').all()
    const [head, row] = await Promise.all(
      rows.map((one) => one.getByRole('columnheader').or(one.getByRole('cell')).allTextContents()),
    )
    const node = `Node ${process.versions.node}`
    expect(head!.slice(-5)).toEqual(['this page', 'Web Worker', node, 'this page / Node', 'Web Worker / Node'])
    const [here, worker, there, hereByNode, workerByNode] = row!.map(Number)
    for (const gflops of [here!, worker!, there!]) {
      expect(gflops).toBeGreaterThan(0.1)
      expect(gflops).toBeLessThan(1000)
    }
    // Rates go down where times go up; two digits are shown.
    expect(Math.abs(hereByNode! - there! / here!)).toBeLessThan(0.02)
    expect(Math.abs(workerByNode! - there! / worker!)).toBeLessThan(0.02)
    expect(await article.getByText(/^This page: .* on average/).textContent()).toContain('(matmul 64)')
    expect(await page.locator('iframe').count()).toBe(0)
  })

  it('says why Node has no figure where it does not start, and goes on', async () => {
    await page.route('**/bench/node', (route) => route.fulfill({ status: 500, json: { error: 'out of processes' } }))
    await choose('matmul 64')
    expect(await measure('baseline', 1)).toBe('done')
    await page.unroute('**/bench/node')
    const article = page.getByRole('article').first()
    expect(await article.getByRole('cell', { name: 'cannot' }).count()).toBe(1)
    expect(await article.getByText('matmul 64: cannot: out of processes').count()).toBe(1)
    expect(await article.getByText(/^This page: nothing to compare with Node/).count()).toBe(1)
  })

  it('wants some work', async () => {
    await choose()
    expect(await measure('baseline', 1)).toBe('choose some work')
  })

  it('has thrown nothing', () => expect(errors).toEqual([]))
})

function system(where: string, times: Record<string, number>): SystemResult {
  const items = Object.fromEntries(Object.entries(times).map(([item, ms]) => [item, { ms, rounds: 1 }]))
  return { id: where, family: 'quadlane', label: 'quadlane', where, threads: 1, facts: {}, items }
}

describe('the verdict', () => {
  const node = system('Node 1', { 'train-lenet': 100, 'predict-1': 1, 'max-pool': 10 })
  const of = (times: Record<string, number>): string => {
    return verdict(system('this page', times), node, ['train-lenet', 'predict-1', 'max-pool'])
  }

  it('names the largest ratio, and the mean of all', () => {
    expect(of({ 'train-lenet': 109, 'predict-1': 1 })).toBe(
      'This page: 1.04 × the time of Node 1 on average, at most 1.09 × (LeNet, training step of 128); within 10 %.',
    )
  })

  it('counts what takes more than a tenth longer', () => {
    expect(of({ 'train-lenet': 111, 'predict-1': 2, 'max-pool': 10 })).toBe(
      'This page: 1.30 × the time of Node 1 on average, at most 2.00 × (LeNet, predict 1); 2 of 3 over 10 %.',
    )
  })

  it('says so where there is nothing to compare', () => {
    expect(of({})).toBe('This page: nothing to compare with Node 1.')
  })
})

describe('the name of the browser', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox 140'],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
      'Chromium 156',
    ],
    ['Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15', 'Safari 26'],
    ['something', 'a browser of an unknown name'],
  ])('is read from %s', (userAgent, name) => expect(browserName({ userAgent })).toBe(name))

  it('is read from the brands where there are some', () => {
    const userAgentData = {
      brands: [
        { brand: 'Not A', version: '8' },
        { brand: 'Chromium', version: '156' },
      ],
    }
    expect(browserName({ userAgent: '', userAgentData })).toBe('Chromium 156')
  })
})
