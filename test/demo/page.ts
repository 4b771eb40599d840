/** What the tests do on the demo's page in Chromium, by the names that users see. */

import type { Browser, BrowserContextOptions, JSHandle, Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import { PATIENCE } from './patience.ts'
import { atPhase, pauseTraining, stepsTaken } from './visitor.ts'

export interface Opened {
  readonly page: Page
  /** What the page complained of. */
  readonly complaints: readonly string[]
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  context.setDefaultTimeout(PATIENCE)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(url)
  await atPhase(page, 'ready')
  return { page, complaints }
}

export function click(page: Page, name: string | RegExp): Promise<void> {
  return page
    .getByRole('main')
    .getByRole('button', { name, exact: typeof name === 'string' })
    .click()
}

/** Trains until a number of steps is reached, and pauses where it is not at its end by then. */
export async function trainUntil(page: Page, steps: number): Promise<void> {
  await click(page, /Start training|Resume|Train on/)
  await expect.poll(() => stepsTaken(page)).toBeGreaterThanOrEqual(steps)
  const button = page.getByRole('main').getByRole('button', { name: 'Pause', exact: true })
  await pauseTraining(page, () => button.click({ timeout: 2000 }))
}

/** Has a new network, and says yes where the page asks whether the old one may go. */
export async function reset(page: Page): Promise<void> {
  await click(page, 'Reset')
  const sure = page.getByRole('dialog').getByRole('button', { name: 'Reset' })
  await vi.waitFor(
    async () => {
      if (await sure.isVisible()) await sure.click()
      expect(await page.locator('[data-phase]').getAttribute('data-phase')).toBe('ready')
    },
    { timeout: PATIENCE, interval: 50 },
  )
}

/** Sets a slider as a keyboard or a mouse would. */
export async function slide(page: Page, label: RegExp, value: number): Promise<void> {
  await page.getByRole('slider', { name: label }).fill(`${value}`)
}

export async function select(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).selectOption({ label: option })
}

/** Changes a setting, and waits for the network that it is for. */
export async function choose(page: Page, label: string, option: string): Promise<void> {
  await select(page, label, option)
  await atPhase(page, 'ready')
}

/** Files as a page gets them that they are dropped on. */
export function transferOf(
  page: Page,
  files: readonly { name: string; buffer: Buffer }[],
): Promise<JSHandle<DataTransfer>> {
  const contents = files.map(({ name, buffer }) => ({ name, base64: buffer.toString('base64') }))
  return page.evaluateHandle((all) => {
    const transfer = new DataTransfer()
    for (const { name, base64 } of all) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      transfer.items.add(new File([bytes], name))
    }
    return transfer
  }, contents)
}
