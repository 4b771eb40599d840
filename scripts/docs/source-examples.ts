/** The examples as they stand in the sources. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Example {
  readonly file: string
  readonly line: number
  /** The first line of it, to tell it by. */
  readonly first: string
  readonly code: string
}

/** All examples of docstrings in `src`, file by file. */
export async function examplesOfSource(): Promise<Example[]> {
  const found: Example[] = []
  const files = (await readdir(join(ROOT, 'src'), { recursive: true })).map((name) => `src/${name}`)
  for (const file of files.filter((name) => name.endsWith('.ts')).sort()) {
    const text = await readFile(join(ROOT, file), 'utf8')
    for (const match of text.matchAll(/^( *)\* @example\n((?:\1\*(?!\/).*\n)+)/gm)) {
      const code = match[2]!.replace(/^ *\* ?/gm, '').replace(/^@[\s\S]*/m, '')
      const line = text.slice(0, match.index).split('\n').length + 1
      found.push({ file, line, first: code.split('\n')[0]!, code })
    }
  }
  return found
}
