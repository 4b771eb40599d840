/**
 * The sets that kernels are in, as the files of `assembly/` list them, and how a set is taken out of the module of all: its
 * exports stay, and whatever else they call. The code is the compiler's to the byte, whatever the set.
 */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { binaryen } from './binaryen.ts'

const ASSEMBLY = fileURLToPath(new URL('../assembly/', import.meta.url))

export interface KernelSetList {
  readonly name: string
  readonly kernels: readonly string[]
}

/** The sets by their names: each file that `assembly/index.ts` exports is one. */
export async function kernelSets(): Promise<Record<string, KernelSetList>> {
  const index = await readFile(join(ASSEMBLY, 'index.ts'), 'utf8')
  const names = [...index.matchAll(/^export \* from '\.\/(\w+)'/gm)].map((match) => match[1]!)
  const sets = await Promise.all(names.map(async (name) => ({ name, kernels: await exportsOf(`${name}.ts`) })))
  return Object.fromEntries(sets.map((set) => [set.name, set]))
}

async function exportsOf(file: string): Promise<string[]> {
  const lists = (await readFile(join(ASSEMBLY, file), 'utf8')).matchAll(/^export \{([^}]*)\}/gm)
  return [...lists].flatMap((match) => match[1]!.split(',').map((name) => name.trim())).filter((name) => name !== '')
}

/** Writes the module that is left of the one at `from` when it exports these kernels alone. */
export async function writeSet(from: string, to: string, kernels: readonly string[]): Promise<void> {
  const text = `${to}.wat`
  await binaryen('wasm-dis', from, '-o', text)
  const whole = await readFile(text, 'utf8')
  const wanted = new Set(kernels)
  await writeFile(
    text,
    whole.replaceAll(/^ \(export "(\w+)" \(func [^)]*\)\)\n/gm, (line, name: string) => (wanted.has(name) ? line : '')),
  )
  await binaryen('wasm-opt', '--remove-unused-module-elements', text, '-o', to)
}
