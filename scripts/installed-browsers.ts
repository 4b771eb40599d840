/** The browsers of this machine, in which tests and benchmarks run. None is downloaded. */

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

/** A container often has no name spaces for the sandbox, no large /dev/shm and no graphics card. */
export const CHROMIUM_FLAGS = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']

/** A browser, where it is there. */
export function findBrowser(
  name: BrowserName,
  environment: NodeJS.ProcessEnv = process.env,
): InstalledBrowser | undefined {
  const { commands, variable } = BROWSERS[name]
  const executable = environment[variable] ?? onPath(commands, environment.PATH ?? '')
  return executable === undefined ? undefined : { name, executable }
}

/** What was looked for in vain. */
export function missingText(name: BrowserName): string {
  const { commands, variable } = BROWSERS[name]
  return `no ${name} (${commands.join(', ')} on the PATH, or ${variable})`
}

/**
 * A browser, where it is there; where it is missing, the standard error says so.
 * @throws Error where it is missing and `CI` is set: there, all must have been tested
 */
export function installedBrowser(
  name: BrowserName,
  environment: NodeJS.ProcessEnv = process.env,
): InstalledBrowser | undefined {
  const found = findBrowser(name, environment)
  if (found !== undefined) return found
  if (isSet(environment.CI)) throw new Error(`${missingText(name)}: install it, or unset CI`)
  console.warn(`Browser tests: ${missingText(name)}; not tested there.`)
  return undefined
}

/** All that are there, as `installedBrowser` has them. */
export function installedBrowsers(environment: NodeJS.ProcessEnv = process.env): InstalledBrowser[] {
  return (Object.keys(BROWSERS) as BrowserName[]).flatMap((name) => installedBrowser(name, environment) ?? [])
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
