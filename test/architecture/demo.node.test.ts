/**
 * The demo uses quadlane as its users do: by the name of the package, and in the worker alone, so that the page has
 * nothing of it to load or to wait for.
 */

import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DEMO = join(ROOT, 'demo')

interface Import {
  readonly file: string
  readonly specifier: string
  readonly typeOnly: boolean
}

async function demoImports(): Promise<Import[]> {
  const names = (await readdir(DEMO, { recursive: true })).filter((name) => /\.tsx?$/.test(name))
  const found = await Promise.all(
    names.map(async (file) => {
      const source = await readFile(join(DEMO, file), 'utf8')
      const statements = source.matchAll(/^(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'/gms)
      return [...statements].map((match) => ({ file, specifier: match[2]!, typeOnly: match[1] !== undefined }))
    }),
  )
  return found.flat()
}

describe('the demo', () => {
  it('knows quadlane by its name only', async () => {
    const imports = await demoImports()
    expect(imports.filter(({ specifier }) => specifier === 'quadlane').length).toBeGreaterThan(5)
    expect(imports.filter(({ specifier }) => /\/(src|dist)\//.test(specifier))).toEqual([])
  })

  it('computes in the worker, not in the page', async () => {
    const outside = (await demoImports()).filter(({ file, typeOnly }) => !file.startsWith('worker/') && !typeOnly)
    expect(outside.filter(({ specifier }) => specifier === 'quadlane')).toEqual([])
    const reached = outside.map(({ specifier }) => specifier).filter((specifier) => specifier.includes('worker/'))
    // It needs nothing but numbers.
    expect(new Set(reached)).toEqual(new Set(['../worker/guess.ts']))
  })

  it('does not go into the package', async () => {
    const pack = promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT })
    const { stdout } = await pack
    expect(stdout).toContain('dist/browser/index.js')
    expect(stdout).not.toContain('demo')
  }, 60_000)
})
