/** The browsers of this machine that the tests run in. None is downloaded. */

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What the executables are called, and the variable that names one elsewhere. */
const BROWSERS = {
  chromium: { commands: ['chromium', 'chromium-browser', 'google-chrome'], variable: 'QUADLANE_CHROMIUM' },
  firefox: { commands: ['firefox-esr', 'firefox'], variable: 'QUADLANE_FIREFOX' },
} as const

export type BrowserName = keyof typeof BROWSERS

export interface InstalledBrowser {
  readonly name: BrowserName
  readonly executable: string
}

/**
 * The browsers that are there. What is missing is told on the standard error.
 * @throws Error where one is missing and `CI` is set: there, all must have been tested
 */
export function installedBrowsers(environment: NodeJS.ProcessEnv = process.env): InstalledBrowser[] {
  return (Object.keys(BROWSERS) as BrowserName[]).flatMap((name) => {
    const { commands, variable } = BROWSERS[name]
    const executable = environment[variable] ?? onPath(commands, environment.PATH ?? '')
    if (executable !== undefined) return { name, executable }
    const text = `no ${name} (${commands.join(', ')} on the PATH, or ${variable})`
    if (isSet(environment.CI)) throw new Error(`${text}: install it, or unset CI`)
    console.warn(`Browser tests: ${text}; not tested there.`)
    return []
  })
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}

function onPath(commands: readonly string[], path: string): string | undefined {
  const candidates = path.split(delimiter).flatMap((folder) => commands.map((command) => join(folder, command)))
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
