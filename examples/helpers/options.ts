/** Command-line options of the examples: `--name value`, each with a default that tells its type. */

import { parseArgs } from 'node:util'

/**
 * The defaults with what the command line says in their place. A number stands for a whole number above 0, a text for
 * a path. On anything else it prints one line and ends the process with code 2.
 */
export function readOptions<T extends Record<string, number | string>>(defaults: T): T {
  try {
    return parseOptions(process.argv.slice(2), defaults)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error(`Options: ${usage(defaults)}`)
    process.exit(2)
  }
}

export function parseOptions<T extends Record<string, number | string>>(args: readonly string[], defaults: T): T {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }]))
  const { values } = parseArgs({ args: [...args], options, strict: true })
  const read = Object.entries(values).map(([name, text]): [string, number | string] => {
    if (typeof defaults[name] === 'string') return [name, String(text)]
    const value = Number(text)
    if (Number.isSafeInteger(value) && value >= 1) return [name, value]
    throw new Error(`--${name}: expected a whole number above 0, received '${text}'`)
  })
  return { ...defaults, ...Object.fromEntries(read) }
}

function usage(defaults: Record<string, number | string>): string {
  return Object.entries(defaults)
    .map(([name, value]) => (value === '' ? `[--${name} PATH]` : `[--${name} ${value}]`))
    .join(' ')
}
