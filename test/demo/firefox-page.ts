/** What the tests do on the demo's page in Firefox, by the names that users see, with mouse and keyboard. */

import type { BrowserContext, Page } from 'puppeteer-core'
import { expect } from 'vitest'
import { PATIENCE } from './patience.ts'
import { atPhase, pauseTraining, stepsTaken } from './visitor.ts'

export interface Opened {
  readonly page: Page
  /** What the page complained of. */
  readonly complaints: readonly string[]
}

export async function openPage(
  context: BrowserContext,
  url: string,
  viewport: { readonly width: number; readonly height: number },
): Promise<Opened> {
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  await page.setViewport(viewport)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(url)
  await atPhase(page, 'ready')
  return { page, complaints }
}

// By XPath: looking a role up, Firefox walks the whole page, for more than a second where the machine is busy.
export function click(page: Page, name: string): Promise<void> {
  return page.locator(`::-p-xpath(//main//button[normalize-space() = "${name}"])`).click()
}

/** Focuses the slider or list of a label, for the keyboard. */
export async function focus(page: Page, label: string): Promise<void> {
  const labelled = `//main//label[normalize-space(span[1]) = "${label}"]//*[self::input or self::select]`
  const control = await page.waitForSelector(`::-p-xpath(${labelled})`, { visible: true })
  await control!.focus()
}

/** Chooses an option by typing what it begins with, as one may where a list has the focus. */
export async function choose(page: Page, label: string, option: string): Promise<void> {
  await focus(page, label)
  await page.keyboard.type(option)
  await atPhase(page, 'ready')
}

/** Presses the button that begins or resumes training, and pauses once a number of steps is reached. */
export async function trainUntil(page: Page, button: string, steps: number): Promise<void> {
  await click(page, button)
  await expect.poll(() => stepsTaken(page)).toBeGreaterThanOrEqual(steps)
  const pause = page.locator(`::-p-xpath(//main//button[normalize-space() = "Pause"])`).setTimeout(2000)
  await pauseTraining(page, () => pause.click())
}
