/** What a visitor of the demo sees and does, where Playwright and Puppeteer, which drives Firefox, are the same. */

import { expect, vi } from 'vitest'
import { PATIENCE } from './patience.ts'

const STATUS = '[data-phase]'

/** A page of either. */
export interface AnyPage {
  evaluate<Result>(read: (selector: string) => Result, selector: string): Promise<Result>
  readonly mouse: {
    move(x: number, y: number): Promise<void>
    down(): Promise<void>
    up(): Promise<void>
  }
}

export function texts(page: AnyPage, selector: string): Promise<string[]> {
  return page.evaluate((wanted) => {
    return [...document.querySelectorAll<HTMLElement>(wanted)].map(({ innerText }) => innerText)
  }, selector)
}

/** Waits for a phase of training. */
export async function atPhase(page: AnyPage, phase: string): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(await phaseOf(page)).toBe(phase)
    },
    { timeout: PATIENCE, interval: 50 },
  )
}

export async function phaseOf(page: AnyPage): Promise<string> {
  return (await page.evaluate((status) => document.querySelector(status)?.getAttribute('data-phase'), STATUS)) ?? ''
}

/** Pauses training, unless a small network has finished it in the meantime. */
export async function pauseTraining(page: AnyPage, press: () => Promise<unknown>): Promise<void> {
  await vi.waitFor(
    async () => {
      // The button may be another one by the time that it is pressed.
      if ((await phaseOf(page)) === 'training') await press().catch(() => {})
      expect(await phaseOf(page)).toMatch(/^(paused|finished)$/)
    },
    { timeout: PATIENCE, interval: 50 },
  )
}

/** Steps that were taken, as the status line has it. */
export async function stepsTaken(page: AnyPage): Promise<number> {
  const [line] = await texts(page, '.status-line')
  return Number(/step ([\d,]+) of/.exec(line ?? '')?.[1]?.replace(',', '') ?? 0)
}

/** Images of the wall that are read rightly, of 60. */
export async function rightTiles(page: AnyPage): Promise<number> {
  return Number(await page.evaluate((wall) => document.querySelector(wall)!.getAttribute('data-right'), '.wall-tiles'))
}

/** A figure by its name, as the page writes it. */
export async function figure(page: AnyPage, name: string): Promise<string> {
  const figures = await texts(page, '.figure-cell .figure')
  const cellsOfAll = await texts(page, '.figure-cell')
  return figures[cellsOfAll.findIndex((cell) => cell.includes(name))]!
}

/** How probable each digit is, in percent. */
export async function probabilities(page: AnyPage): Promise<number[]> {
  return (await texts(page, '.bar-value')).map(numberOf)
}

/** The cells of a table, row by row. */
export function cells(page: AnyPage, table: string): Promise<string[][]> {
  return page.evaluate((rows) => {
    return [...document.querySelectorAll(rows)].map((row) =>
      [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? ''),
    )
  }, `${table} tr`)
}

/** Reads a number with a real minus sign. */
export function numberOf(text: string): number {
  return Number(text.replace('−', '-').replace(/[,%\s]/g, ''))
}

/** Draws a stroke from the top of the pad to its bottom. */
export async function drawOne(page: AnyPage): Promise<void> {
  const { x, y, width, height } = await page.evaluate((selector) => {
    const pad = document.querySelector(selector)!
    pad.scrollIntoView({ block: 'center', behavior: 'instant' })
    return pad.getBoundingClientRect().toJSON() as DOMRect
  }, '.pad')
  await page.mouse.move(x + width * 0.52, y + height * 0.15)
  await page.mouse.down()
  for (let i = 1; i <= 10; i++) await page.mouse.move(x + width * 0.5, y + height * (0.15 + 0.07 * i))
  await page.mouse.up()
}
