/**
 * Keeps `export * as layers from './layers/index.js'` as it is written. The bundler would make an object with every
 * layer of it, out of which the bundler of a page can leave nothing.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SURFACES = ['src/index.ts', 'src/exports.ts']

/** The modules that are exported as namespaces, without their extension, from `src`. */
function namespaceModules(): string[] {
  const source = SURFACES.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n')
  return [...source.matchAll(/^export \* as \w+ from '\.\/(.+)\.ts'/gm)].map((match) => match[1]!)
}

/** They are entries, so that each is a file of its own. */
export function namespaceEntries(): Record<string, string> {
  return Object.fromEntries(namespaceModules().map((module) => [module, `src/${module}.ts`]))
}

export const keepNamespaces = {
  name: 'keep-namespaces',
  resolveId(specifier: string, importer: string | undefined) {
    if (!SURFACES.some((file) => importer === join(ROOT, file))) return undefined
    const module = namespaceModules().find((each) => specifier === `./${each}.ts`)
    return module === undefined ? undefined : { id: `./${module}.js`, external: true }
  },
}
