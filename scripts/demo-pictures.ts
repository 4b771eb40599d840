/**
 * Takes docs/images/demo-light.png and demo-dark.png: the demo after so many steps, in both themes. Run it with
 * `npm run build:demo && npx tsx scripts/demo-pictures.ts`, on a machine that has nothing else to do: the figures are in
 * the pictures.
 */

import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { preview } from 'vite'
import { CHROMIUM_FLAGS, installedBrowser } from './installed-browsers.ts'

const STEPS = 200
const VIEWPORT = { width: 1280, height: 860 }
/** Milliseconds that training may take. */
const PATIENCE = 180_000

const DEMO = fileURLToPath(new URL('../demo', import.meta.url))

const installed = installedBrowser('chromium')
if (installed === undefined) throw new Error('Chromium is not installed.')
const server = await preview({
  root: DEMO,
  configFile: `${DEMO}/vite.config.ts`,
  preview: { port: 0 },
  logLevel: 'silent',
})
const browser = await chromium.launch({ executablePath: installed.executable, args: CHROMIUM_FLAGS })
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ viewport: VIEWPORT, colorScheme })
    const page = await context.newPage()
    await page.goto(server.resolvedUrls!.local[0]!)
    await page.waitForSelector('[data-phase=ready]', { state: 'attached' })
    await page.getByRole('main').getByRole('button', { name: 'Start training' }).click()
    await page
      .locator('.status-line', { hasText: new RegExp(`step (${STEPS}|20[1-9]|2[1-9]\\d|[3-9]\\d\\d) of`) })
      .waitFor({ timeout: PATIENCE })
    const path = fileURLToPath(new URL(`../docs/images/demo-${colorScheme}.png`, import.meta.url))
    await page.screenshot({ path })
    console.log(`${path}: ${await page.locator('.status-line').innerText()}`)
    await context.close()
  }
} finally {
  await browser.close()
  await server.close()
}
