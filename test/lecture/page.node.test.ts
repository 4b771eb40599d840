/** The snippets of docs/lecture.md run and print what the page says; its links and pictures exist. */

import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGE = readFileSync(join(ROOT, 'docs/lecture.md'), 'utf8')
const SNIPPETS = [...PAGE.matchAll(/```ts\n(.*?)```\n\n```text\n(.*?)```/gs)].map(([, code, output]) => ({
  code: code!,
  output: output!,
}))
const RULE = '-- the next snippet --\n'

describe('the page', { timeout: 120_000 }, () => {
  it('has a result for each snippet', () => {
    expect(SNIPPETS.length).toBeGreaterThanOrEqual(6)
    expect(PAGE.match(/```ts\n/g)).toHaveLength(SNIPPETS.length)
  })

  it('prints what it says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quadlane-page-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const library = JSON.stringify(new URL('../../src/index.node.ts', import.meta.url).href)
    SNIPPETS.forEach(({ code }, i) => {
      expect(code).toContain("from 'quadlane'")
      writeFileSync(join(folder, `${i}.mts`), code.replace("'quadlane'", library))
    })
    const all = SNIPPETS.map((_, i) => `await import('./${i}.mts')\nprocess.stdout.write(${JSON.stringify(RULE)})\n`)
    writeFileSync(join(folder, 'all.mts'), all.join(''))
    const args = ['--import', 'tsx', join(folder, 'all.mts')]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
    expect(stdout.split(RULE)).toEqual([...SNIPPETS.map(({ output }) => output), ''])
  })

  it('links to what is there', () => {
    const links = [...PAGE.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!)
    const files = links.filter((link) => !/^(https?:|#)/.test(link))
    expect(files.length).toBeGreaterThan(3)
    expect(files.filter((file) => !existsSync(join(ROOT, 'docs', file)))).toEqual([])
    const anchors = links.filter((link) => link.startsWith('#'))
    const titles = [...PAGE.matchAll(/^#+ (.*)$/gm)].map(
      ([, title]) =>
        `#${title!
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replace(/\s/g, '-')}`,
    )
    expect(anchors.filter((anchor) => !titles.includes(anchor))).toEqual([])
  })

  it('names commands of examples that are there', () => {
    const scripts = [...PAGE.matchAll(/npx tsx (\S+\.ts)/g)].map(([, script]) => script!)
    expect(scripts.length).toBeGreaterThan(6)
    expect(scripts.filter((script) => !existsSync(join(ROOT, script)))).toEqual([])
  })
})
