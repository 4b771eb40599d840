/** Comma-separated values out of files. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { csv } from '../../src/data/pipeline.ts'

const folder = mkdtempSync(join(tmpdir(), 'quadlane-csv-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('reads a file by its path and by its URL', async () => {
  const path = join(folder, 'x.csv')
  writeFileSync(path, 'a,b\n1,2\n')
  for (const source of [path, pathToFileURL(path), pathToFileURL(path).href, `file://${path}`]) {
    expect(await csv(source).toArray()).toEqual([{ a: 1, b: 2 }])
  }
})

it('says which file is not there, and what is none', async () => {
  const missing = join(folder, 'y.csv')
  await expect(csv(missing).toArray()).rejects.toThrow(missing)
  await expect(csv(3 as never).toArray()).rejects.toThrow(
    'data.csv: expected a URL, a path (in Node) or a Blob, received 3',
  )
})
