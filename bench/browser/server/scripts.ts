/** TypeScript of the benchmark as JavaScript: the page imports what the driver does. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const BENCH = new URL('../../', import.meta.url)

/** The script that a path names; undefined where it names something else, or nothing. */
export async function scriptAt(pathname: string): Promise<string | undefined> {
  if (!pathname.startsWith('/bench/') || !pathname.endsWith('.ts')) return undefined
  const file = new URL(`.${pathname.slice('/bench'.length)}`, BENCH)
  // An encoded slash is one to the file system only, which URLs refuse; encoded dots are gone by now.
  if (!file.href.startsWith(BENCH.href) || /%2f|%5c/i.test(pathname)) return undefined
  const source = await readFile(fileURLToPath(file), 'utf8').catch(() => undefined)
  return source === undefined ? undefined : transpiled(source)
}

async function transpiled(source: string): Promise<string> {
  const { default: ts } = await import('typescript')
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  }
  return ts.transpileModule(source, { compilerOptions }).outputText
}
