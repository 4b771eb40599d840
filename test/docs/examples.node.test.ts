/** Each example of a docstring runs as it stands and prints what its comments say, as nearly as machines agree. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { completeExample, runExample, saidToPrint, usedNames } from '../../scripts/docs/examples.ts'
import { type Example, examplesOfSource } from '../../scripts/docs/source-examples.ts'
import { expectPrinted } from '../helpers/printed.ts'

const examples = await examplesOfSource()
const files = [...new Set(examples.map(({ file }) => file))]

/** The text of a tensor without the line above its elements, which an example may leave out. */
const HEAD = /^Tensor \w+ \[[\d, ]*\]\n/

/** Builds differ in the last bits. */
const ROUNDING = { absolute: 2e-6, relative: 1e-5 }

/** Four small files in the place of MNIST's. */
async function writeMnist(folder: string): Promise<void> {
  await mkdir(folder)
  for (const [part, count] of [
    ['train', 20],
    ['t10k', 10],
  ] as const) {
    const images = new Uint8Array(16 + count * 784)
    images.set([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28])
    await writeFile(join(folder, `${part}-images-idx3-ubyte`), images)
    const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, count, ...Array.from({ length: count }, (_, i) => i % 10))
    await writeFile(join(folder, `${part}-labels-idx1-ubyte`), labels)
  }
}

/** A folder of small pictures for each of two classes. */
async function writePhotos(folder: string): Promise<void> {
  for (const name of ['cats', 'dogs']) {
    await mkdir(join(folder, name), { recursive: true })
    for (const i of [1, 2, 3])
      await writeFile(join(folder, name, `${i}.png`), PNG.sync.write(new PNG({ width: 8, height: 8 })))
  }
}

describe('the examples of docstrings', () => {
  const start = process.cwd()
  let folder = ''

  // Some write files.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quadlane-examples-'))
    process.chdir(folder)
    await writeMnist('mnist')
    await writePhotos('photos')
  })
  afterAll(async () => {
    process.chdir(start)
    await rm(folder, { recursive: true, force: true })
  })

  it('are many', () => {
    expect(examples.length).toBeGreaterThan(150)
  })

  describe.each(files)('of %s', (name) => {
    const inFile = examples.filter(({ file }) => file === name)
    it.each(inFile)(
      'line $line: $first',
      async ({ code }: Example) => {
        const printed = await runExample(code)
        const said = saidToPrint(code)
        expect(said, 'a comment for whatever is printed').not.toContain('')
        // What prints by itself, as a progress line does, need not be told.
        if (said.length > 0) expect(printed.length).toBe(said.length)
        printed.slice(0, said.length).forEach((text, i) => {
          expectPrinted(said[i]!.trim().startsWith('Tensor') ? text : text.replace(HEAD, ''), said[i]!, ROUNDING)
        })
      },
      60_000,
    )
  })
})

describe('an example', () => {
  it('is shown with the import that it needs', () => {
    const code = 'const x = tensor([1])\nlayers.dense({ units: 1 }).apply(x.add(2)).print() // [3]\n'
    expect(usedNames(code)).toEqual(['layers', 'tensor'])
    expect(completeExample(code)).toBe(`import { layers, tensor } from 'quadlane'\n\n${code}`)
  })

  it('says what it prints behind the line or below it', () => {
    expect(saidToPrint('x.print() // [1]\ny.print()\n// [2]\n// [3]\nconst z = 1 // one')).toEqual([
      '[1]',
      '\n[2]\n[3]',
    ])
  })
})
