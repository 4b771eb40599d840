/** Starts Chromium by Playwright, which knows more of it than the standard protocol does. */

import { type Browser, chromium } from 'playwright-core'
import { CHROMIUM_FLAGS, type InstalledBrowser } from '../../scripts/installed-browsers.ts'

export function launchChromium({ executable }: InstalledBrowser, flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: executable, args: [...CHROMIUM_FLAGS, ...flags] })
}
