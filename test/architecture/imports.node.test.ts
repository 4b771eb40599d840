/**
 * Imports go one way, from the command line down to WebAssembly, and nothing that browsers load reaches a `node:`
 * module. The rooms are listed from the top: a file may import from its own room and from those below.
 */

import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { VERSION } from '../../src/version.ts'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))

/** Each line a level, with the files and folders that stand on it. */
const LEVELS: readonly (readonly string[])[] = [
  ['cli'],
  ['index.ts', 'index.node.ts', 'kernels.ts', 'on-demand.ts'],
  ['exports.ts'],
  ['api', 'zoo', 'data'],
  ['model'],
  ['training', 'graph'],
  ['layers', 'optimizers', 'metrics', 'callbacks', 'schedules'],
  ['losses', 'initializers', 'regularizers', 'constraints', 'activations', 'init.ts', 'profile.ts'],
  ['ops'],
  ['autograd.ts'],
  ['tensor.ts', 'chained-ops.ts', 'tensor-buffer.ts', 'tensor-text.ts', 'late-tensor.ts'],
  ['runtime'],
  ['io'],
  ['formats'],
  ['platform', 'random.ts', 'shape.ts', 'options.ts'],
  ['json.ts'],
  ['names.ts'],
  ['errors.ts', 'version.ts', 'text-table.ts', 'typed-arrays.ts', 'elementary.ts', 'objects.ts'],
]

/** What those below may import when they are asked for it, and not before. */
const ON_DEMAND = 'on-demand.ts'

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
  readonly dynamic: boolean
}

async function sourceFiles(): Promise<string[]> {
  const names = await readdir(SRC, { recursive: true })
  return names.filter((name) => name.endsWith('.ts') && !name.startsWith('runtime/wasm')).sort()
}

function importsOf(source: string): Import[] {
  const statements = source.matchAll(/^(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'/gms)
  const dynamic = source.matchAll(/import\('([^']+)'\)/g)
  return [
    ...[...statements].map((match) => ({ specifier: match[2]!, typeOnly: match[1] !== undefined, dynamic: false })),
    ...[...source.matchAll(/^import\s+'([^']+)'/gm)].map((match) => ({
      specifier: match[1]!,
      typeOnly: false,
      dynamic: false,
    })),
    ...[...dynamic].map((match) => ({ specifier: match[1]!, typeOnly: false, dynamic: true })),
  ]
}

/** The file that a relative specifier or an entry of `imports` means, from the root of the sources. */
function target(file: string, specifier: string, condition: 'node' | 'default'): string | undefined {
  if (specifier.startsWith('#wasm/')) return 'runtime/wasm'
  if (specifier in packageJson.imports) {
    return relative('src', packageJson.imports[specifier as keyof typeof packageJson.imports][condition])
  }
  if (!specifier.startsWith('.')) return undefined
  return relative(SRC, resolve(SRC, dirname(file), specifier))
}

function levelOf(file: string): number {
  const level = LEVELS.findIndex((rooms) => rooms.includes(file) || rooms.includes(file.split('/')[0]!))
  if (level < 0) throw new Error(`${file} stands on no level: add its room to LEVELS`)
  return level
}

describe('imports', () => {
  it('go downwards', async () => {
    const reversed: string[] = []
    let seen = 0
    for (const file of await sourceFiles()) {
      for (const { specifier, dynamic } of importsOf(await readFile(join(SRC, file), 'utf8'))) {
        const to = target(file, specifier, 'node')
        if (to === undefined || to.startsWith('runtime/wasm') || (dynamic && to === ON_DEMAND)) continue
        seen++
        if (levelOf(to) < levelOf(file)) reversed.push(`${file} -> ${to}`)
      }
    }
    expect(seen).toBeGreaterThan(200)
    expect(reversed).toEqual([])
  })

  it('do not go in circles', async () => {
    const graph = new Map<string, string[]>()
    for (const file of await sourceFiles()) {
      const imports = importsOf(await readFile(join(SRC, file), 'utf8')).filter(
        ({ specifier, typeOnly, dynamic }) => !typeOnly && !(dynamic && target(file, specifier, 'node') === ON_DEMAND),
      )
      graph.set(
        file,
        imports.flatMap(({ specifier }) => target(file, specifier, 'node') ?? []),
      )
    }
    const circles: string[] = []
    const done = new Set<string>()
    const visit = (file: string, path: readonly string[]): void => {
      const at = path.indexOf(file)
      if (at >= 0) circles.push([...path.slice(at), file].join(' -> '))
      if (at >= 0 || done.has(file)) return
      for (const next of graph.get(file) ?? []) visit(next, [...path, file])
      done.add(file)
    }
    for (const file of graph.keys()) visit(file, [])
    expect(circles).toEqual([])
  })

  it('reach no node: module from what browsers load', async () => {
    const reached = new Set<string>()
    const outside = new Set<string>()
    const visit = async (file: string): Promise<void> => {
      if (reached.has(file) || file.startsWith('runtime/wasm')) return
      reached.add(file)
      for (const { specifier, typeOnly } of importsOf(await readFile(join(SRC, file), 'utf8'))) {
        const to = target(file, specifier, 'default')
        if (to !== undefined) await visit(to)
        else if (!typeOnly) outside.add(specifier)
      }
    }
    await visit('index.ts')
    expect(reached.size).toBeGreaterThan(50)
    expect([...outside]).toEqual(['fflate'])
  })

  it('of numeric code do not use the transcendental functions of the host', async () => {
    const found: string[] = []
    for (const file of await sourceFiles()) {
      if (file.startsWith('cli/')) continue
      const source = await readFile(join(SRC, file), 'utf8')
      for (const match of source.matchAll(
        /Math\.(exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|tanh|random|cbrt)\(/g,
      )) {
        found.push(`${file}: ${match[0]}`)
      }
    }
    expect(found).toEqual([])
  })
})

describe('the version', () => {
  it('is that of package.json', () => {
    expect(VERSION).toBe(packageJson.version)
  })
})
