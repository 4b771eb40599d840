/** What the README and the docs show runs, as it stands, against the built package; only the data are fewer. */

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

function snippets(markdown: string): string[] {
  return [...markdown.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]!)
}

describe('the README', () => {
  let folder = ''

  // Within the checkout, so that `quadlane` is the package itself.
  beforeAll(async () => {
    await mkdir(join(ROOT, 'build'), { recursive: true })
    folder = await mkdtemp(join(ROOT, 'build/readme-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('shows snippets that run', async () => {
    const found = snippets(await readFile(join(ROOT, 'README.md'), 'utf8'))
    expect(found.length).toBeGreaterThanOrEqual(2)
    for (const [i, snippet] of found.entries()) {
      const file = join(folder, `snippet-${i}.mjs`)
      await writeFile(file, snippet.replace('12_000', '256').replace('2_000', '64').replace('epochs: 3', 'epochs: 1'))
      const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder })
      // What a comment behind a line says is printed.
      for (const [, printed] of snippet.matchAll(/console\.log\(.*\) \/\/ (\[.*)$/gm)) expect(stdout).toContain(printed)
      if (snippet.includes('model.summary')) expect(stdout).toMatch(/Total params: 1,199,882.*Epoch 1\/1 - loss: \d/s)
    }
  }, 60_000)

  it('leads to a page on the kernels whose snippet runs', async () => {
    const [snippet] = snippets(await readFile(join(ROOT, 'docs/raw-kernels.md'), 'utf8'))
    const file = join(folder, 'raw-kernels.mjs')
    await writeFile(file, snippet!)
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder })
    const comment = snippet!.match(/console\.log\(.*\) \/\/ (.*)/)![1]!
    expect(stdout.match(/-?\d+(\.\d+)?(?=,|\s*\n?\])/g)!.map(Number)).toEqual(comment.split(/\s+/).map(Number))
  })

  it('shows commands that exist', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }
    const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1]!)
    expect(named.length).toBeGreaterThan(2)
    for (const name of named) expect(Object.keys(scripts)).toContain(name)
  })
})
