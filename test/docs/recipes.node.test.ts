/**
 * Each recipe runs as it stands and prints what it says: its JavaScript blocks are one program, its text blocks what the
 * program prints. Numbers may differ as much as builds and machines do.
 */

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectPrinted } from '../helpers/printed.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const RECIPES = join(ROOT, 'docs/recipes')

const pages = (await readdir(RECIPES)).filter((name) => name.endsWith('.md') && name !== 'README.md')

function blocks(markdown: string, language: string): string {
  const found = [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))]
  return found.map((match) => match[1]!).join('\n')
}

describe('the recipes', () => {
  let folder = ''

  // Within the checkout, so that `quadlane` is the package itself.
  beforeAll(async () => {
    await mkdir(join(ROOT, 'build'), { recursive: true })
    folder = await mkdtemp(join(ROOT, 'build/recipes-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('are all listed', async () => {
    const list = await readFile(join(RECIPES, 'README.md'), 'utf8')
    expect(pages.length).toBeGreaterThan(5)
    for (const page of pages) expect(list).toContain(`(${page})`)
  })

  it.each(pages)(
    '%s prints what it says',
    async (page) => {
      const markdown = await readFile(join(RECIPES, page), 'utf8')
      const program = blocks(markdown, 'js')
      const expected = blocks(markdown, 'text')
      expect(program).toContain('console.log')
      expect(expected).not.toBe('')
      const own = await mkdtemp(join(folder, `${page}-`))
      await writeFile(join(own, 'recipe.mjs'), program)
      const { stdout } = await promisify(execFile)(process.execPath, ['recipe.mjs'], { cwd: own })
      expectPrinted(stdout, expected)
    },
    120_000,
  )
})
