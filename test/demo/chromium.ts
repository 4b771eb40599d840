/** Debian's Chromium, for the tests of pages: found or said to be missing, and started without anything of its own. */

import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PATHS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export const chromiumPath = PATHS.find((path) => path !== undefined && existsSync(path))

/** A machine that checks every change must have it; others go without, and are told. */
export const skipPages = chromiumPath === undefined && process.env.CI !== 'true'
if (skipPages) console.warn('No Chromium (apt-get install chromium, or CHROMIUM=PATH): the demo was not tested.')

export function launchChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('CI wants Chromium for the demo: apt-get install chromium')
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
