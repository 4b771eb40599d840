/** Saving to a folder happens whole or not at all: a disk that fails at its n-th write leaves the model of before. */

import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { InputOutputError } from '../../src/errors.ts'
import type { ModelArtifacts } from '../../src/formats/model-artifacts.ts'
import { fileSystem } from '../../src/io/file-system.node.ts'

const disk = vi.hoisted(() => ({ writes: 0, full: Number.POSITIVE_INFINITY }))

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>()
  const write = (): void => {
    if (++disk.writes >= disk.full)
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  }
  return {
    ...actual,
    rename: async (...args: Parameters<typeof actual.rename>) => {
      write()
      return actual.rename(...args)
    },
    open: async (...args: Parameters<typeof actual.open>) => {
      if (args[1] !== 'r') write()
      const file = await actual.open(...args)
      const { writeFile: writeAll, sync } = file
      file.writeFile = async (...content: Parameters<typeof writeAll>) => {
        if (disk.writes + 1 >= disk.full) await writeAll.call(file, 'half of it')
        write()
        return writeAll.apply(file, content)
      }
      file.sync = async () => {
        if (args[1] !== 'r') write()
        return sync.call(file)
      }
      return file
    },
  }
})

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quadlane-save-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function artifacts(value: number): ModelArtifacts {
  const weightSpecs = [{ name: 'w', shape: [3], dtype: 'float32' }]
  return { modelTopology: { value }, weightSpecs, weightData: Float32Array.of(value, value, value).buffer }
}

const values = (loaded: ModelArtifacts): number[] => [...new Float32Array(loaded.weightData as ArrayBuffer)]

describe('a save over another', () => {
  it('that finds the disk full at any write leaves the one before, and no litter', async () => {
    const dir = join(folder, 'full')
    const { save, load } = fileSystem(dir)
    await save!(artifacts(1))
    let failures = 0
    for (let n = 1; ; n++) {
      Object.assign(disk, { writes: 0, full: n })
      const error = await save!(artifacts(2)).then(
        () => undefined,
        (e: unknown) => e,
      )
      disk.full = Number.POSITIVE_INFINITY
      if (error === undefined) break
      failures++
      expect(error).toBeInstanceOf(InputOutputError)
      expect(values(await load!())).toEqual([1, 1, 1])
      expect((await load!()).modelTopology).toEqual({ value: 1 })
      expect((await readdir(dir)).sort()).toEqual(['model.json', 'weights.bin'])
    }
    expect(failures).toBeGreaterThan(5)
    expect(values(await load!())).toEqual([2, 2, 2])
    // The weights of before are gone with their model.
    expect((await readdir(dir)).sort()).toEqual(['model.json', expect.stringMatching(/^weights-[0-9a-f]{12}\.bin$/)])
  })

  it('at the same time as others ends with one of them, whole', async () => {
    const dir = join(folder, 'together')
    const { save, load } = fileSystem(dir)
    await Promise.all([1, 2, 3, 4].map((value) => save!(artifacts(value))))
    const loaded = await load!()
    const { value } = loaded.modelTopology as { value: number }
    expect(values(loaded)).toEqual([value, value, value])
  })

  it('removes what a killed process has left', async () => {
    const dir = join(folder, 'litter')
    const { save } = fileSystem(dir)
    await save!(artifacts(1))
    await writeFile(join(dir, '.model.json.999999999.0123abcd.tmp'), 'half')
    await writeFile(join(dir, 'weights-0123456789ab.bin'), 'half')
    await utimes(join(dir, 'weights-0123456789ab.bin'), 0, 0)
    await writeFile(join(dir, 'notes.txt'), 'mine')
    await save!(artifacts(1))
    expect((await readdir(dir)).sort()).toEqual(['model.json', 'notes.txt', expect.stringMatching(/^weights/)])
  })

  it('is told from weights that have been changed', async () => {
    const dir = join(folder, 'changed')
    const { save, load } = fileSystem(dir)
    await save!(artifacts(1))
    const { weightsManifest } = JSON.parse(await readFile(join(dir, 'model.json'), 'utf8'))
    await writeFile(join(dir, weightsManifest[0].paths[0]), new Uint8Array(12))
    await expect(load!()).rejects.toThrow(/expected weights\.bin with the SHA-256 '[0-9a-f]{12}'…, received/)
  })
})
