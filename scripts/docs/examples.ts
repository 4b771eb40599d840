/**
 * The examples of docstrings: programs without their imports, which are plain from the names they use. What a line
 * prints stands in a comment behind it.
 */

import * as quadlane from '../../src/index.node.ts'
import * as kernels from '../../src/kernels.ts'

/** The module that a name comes from; undefined for names that are not public. */
function moduleOf(name: string): string | undefined {
  if (name in quadlane) return 'quadlane'
  return name in kernels ? 'quadlane/kernels' : undefined
}

/** The names of quadlane that a program uses: neither members of something, nor keys, nor names of its own. */
export function usedNames(code: string): string[] {
  const bare = code
    .replace(/(?<!:)\/\/.*$/gm, '')
    .replace(/'[^']*'|"[^"]*"/g, "''")
    // Of a template what is computed in it.
    .replace(/`[^`]*`/g, (text) => [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, inner]) => `(${inner})`).join(''))
  const own = new Set<string>()
  for (const [, names] of bare.matchAll(/\b(?:const|let|class|function)\s+(?:\{([^}]*)\}|\[([^\]]*)\]|(\w+))/g)) {
    for (const name of (names ?? '').split(/[\s,:]+/)) own.add(name)
  }
  for (const [, , , name] of bare.matchAll(/\b(const|let|class|function)(\s+)(\w+)/g)) own.add(name!)
  const used = [...bare.matchAll(/(?<![\w.$])(?!\d)(\w+)(?!\s*:[^:])/g)].map(([, name]) => name!)
  return [...new Set(used)].filter((name) => !own.has(name) && moduleOf(name) !== undefined).sort()
}

/** An example as a program that can be copied. */
export function completeExample(code: string): string {
  const names = usedNames(code)
  const lines = ['quadlane', 'quadlane/kernels'].flatMap((module) => {
    const those = names.filter((name) => moduleOf(name) === module)
    return those.length === 0 ? [] : [`import { ${those.join(', ')} } from '${module}'`]
  })
  return lines.length === 0 ? code : `${lines.join('\n')}\n\n${code}`
}

const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...values: unknown[]) => Promise<void>

/** Runs an example, and returns what it printed, call by call. */
export async function runExample(code: string): Promise<string[]> {
  const printed: string[] = []
  const names = usedNames(code)
  const { log } = console
  const { inspect } = await import('node:util')
  // Also what `tensor.print()` writes.
  console.log = (...values: unknown[]) => {
    printed.push(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '))
  }
  try {
    const all: Record<string, unknown> = { ...kernels, ...quadlane }
    await new AsyncFunction(...names, `'use strict'\n${code}`)(...names.map((name) => all[name]))
  } finally {
    console.log = log
  }
  return printed
}

/** What an example says that it prints, call by call: the comment behind a line, and those that follow alone. */
export function saidToPrint(code: string): string[] {
  const said: string[] = []
  let open = false
  for (const line of code.split('\n')) {
    const call = /^(.*(?:\.print\(|console\.log\(|\bprint\(|\.summary\(\)).*?)(?:\/\/ (.*))?$/.exec(line)
    const more = /^\s*\/\/ (.*)$/.exec(line)
    if (more !== null && open) said[said.length - 1] += `\n${more[1]}`
    else if (call !== null && more === null) said.push(call[2] ?? '')
    open = call !== null || (more !== null && open)
  }
  return said
}
