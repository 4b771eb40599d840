import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder } from '../../src/io/folders.node.ts'

describe('makeFolder', () => {
  let root = ''
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'quadlane-folders-'))
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  it('makes what is missing and says where it began', async () => {
    expect(await makeFolder(join(root, 'a/b/c'))).toBe(join(root, 'a'))
    expect((await stat(join(root, 'a/b/c'))).isDirectory()).toBe(true)
    expect(await makeFolder(join(root, 'a/b/c'))).toBeUndefined()
    expect(await makeFolder(join(root, 'a/b/d'))).toBe(join(root, 'a/b/d'))
  })

  it('refuses a file in the way', async () => {
    await writeFile(join(root, 'file'), '')
    await expect(makeFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(makeFolder(join(root, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  it.runIf(process.platform === 'linux')('gives up at once where a file system has no folders to make', async () => {
    await expect(makeFolder('/proc/quadlane/runs')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
