/** A folder of pictures of one's own, from `train` to `predict`, as a user goes about it. */

import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { readState } from '../../src/cli/run-folder.ts'
import { syntheticDigits } from '../../src/data/digits.ts'
import { drawn, drawShape, gifFile, jpegFile, pngFile, SHAPES, type ShapeName, webpFile } from '../data/pictures.ts'
import { jsonLines, quadlane, testFolder } from './harness.ts'

const folder = await testFolder()
const photos = join(folder, 'photos')
const others = join(folder, 'others')
const run = join(folder, 'run')
const EACH = 25
const MINUTES = 180_000

/** Shapes of odd sizes: JPEG, one of them turned, WebP, GIF, PNG; and a file that is broken. */
async function writeShapes(to: string, from: number, count: number): Promise<void> {
  for (const shape of SHAPES) {
    await mkdir(join(to, shape), { recursive: true })
    for (let i = 0; i < count; i++) {
      const [name, bytes] = await shapeFile(shape, i, drawShape(shape, from + i))
      await writeFile(join(to, shape, name), bytes)
    }
  }
}

async function shapeFile(
  shape: ShapeName,
  i: number,
  picture: ReturnType<typeof drawn>,
): Promise<[string, Uint8Array]> {
  // Stripes lie: on its side, a picture of them would be another's.
  if (i === 0)
    return ['0.jpg', await jpegFile(shape === 'stripes' ? onItsSide(picture) : picture, shape === 'stripes' ? 6 : 1)]
  if (i === 1) return ['1.webp', await webpFile(picture)]
  if (i === 2) return ['2.gif', await gifFile(picture)]
  return i % 2 === 0 ? [`${i}.jpg`, await jpegFile(picture)] : [`${i}.png`, pngFile(picture)]
}

/** A model's weights as they are saved, and behind them what its optimizer keeps. */
async function savedBytes(dir: string): Promise<Buffer> {
  const { weightsManifest } = JSON.parse(await readFile(join(dir, 'model.json'), 'utf8'))
  return readFile(join(dir, weightsManifest[0].paths[0]))
}

/** As a camera stores what EXIF's orientation 6 turns upright. */
function onItsSide({ width, height, data }: ReturnType<typeof drawn>): ReturnType<typeof drawn> {
  return drawn(height, width, (x, y) => {
    const at = 4 * (x * width + (width - 1 - y))
    return [data[at]!, data[at + 1]!, data[at + 2]!]
  })
}

beforeAll(async () => {
  await writeShapes(photos, 0, EACH)
  await writeFile(join(photos, 'cross', 'broken.png'), pngFile(drawShape('cross', 1)).subarray(0, 80))
  await writeShapes(others, 1000, 5)
}, MINUTES)

describe('train --data photos', () => {
  it(
    'shows the classes, skips what is broken, learns, names what it has learnt, and plots it',
    async () => {
      const args = ['--size', '24', '--epochs', '12', '--seed', '1', '--batch-size', '16', '--plots', '--out', run]
      const outcome = await quadlane('train', '--data', photos, ...args, '--json')
      expect(outcome.code, outcome.stderr).toBe(0)
      const text = outcome.stderr
      expect(text).toContain(`Data: ${photos}, 60 images to train on, 15 to validate; adam`)
      expect(text).toContain('3 classes, pictures of 24 x 24:\n  circle   25\n  cross    25\n  stripes  25\n')
      expect(text).toContain(`Skipped 1 file that is not read:\n  ${join(photos, 'cross/broken.png')}: a damaged PNG\n`)
      expect(text).toContain('Model: "cifarnet"\n')
      expect(text).toMatch(/^ {13}0 +1 +2 {2}accuracy\n {2}0 circle /m)
      const result = jsonLines(outcome).at(-1)!
      expect(result).toMatchObject({ model: 'cifarNet', data: photos, classNames: [...SHAPES] })
      expect(result.valAccuracy).toBeGreaterThan(0.85)
      const state = await readState(run)
      expect(state).toMatchObject({ size: 24, augment: false, from: null, classNames: [...SHAPES] })
      expect(state!.history).toHaveLength(12)
      for (const [name, words] of [
        ['loss', ['training', 'validation', '>epoch<']],
        ['accuracy', ['>0.2<', '>1<', '>accuracy<']],
        ['confusion', ['>circle<', '>stripes<', 'taken for', 'true class']],
      ] as const) {
        const svg = await readFile(join(run, `${name}.svg`), 'utf8')
        expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" .*role="img" aria-label="[^"]+">/)
        for (const word of words) expect(svg, name).toContain(word)
        expect(svg).not.toContain('NaN')
      }
    },
    MINUTES,
  )

  it(
    'tests on the part that was kept, or on other pictures',
    async () => {
      const own = await quadlane('evaluate', run)
      expect(own.code, own.stderr).toBe(0)
      expect(own.stdout).toContain(`${run} on ${photos}, 15 images\n`)
      const [result] = jsonLines(await quadlane('evaluate', run, others, '--json'))
      expect(result).toMatchObject({ data: others, images: 15, classNames: [...SHAPES] })
      expect(result!.accuracy).toBeGreaterThan(0.7)
      // A folder with one of the classes is enough to test on, and a class of another name is none.
      await rm(join(others, 'circle'), { recursive: true })
      const [fewer] = jsonLines(await quadlane('evaluate', run, others, '--json'))
      expect((fewer!.confusion as number[][])[0]).toEqual([0, 0, 0])
      await mkdir(join(others, 'square'))
      const refused = await quadlane('evaluate', run, others)
      expect(refused.stderr).toBe(
        "quadlane: data.imageFolder: expected folders named after the classes circle, cross, stripes, received 'square'\n",
      )
    },
    MINUTES,
  )

  it(
    'names a photograph of any kind, and shows what it looked at',
    async () => {
      const files = ['cross/1.webp', 'stripes/0.jpg', 'stripes/2.gif', 'cross/3.png'].map((name) => join(photos, name))
      const png = join(folder, 'seen.png')
      const outcome = await quadlane('predict', run, ...files, '--saliency', png, '--json')
      expect(outcome.code, outcome.stderr).toBe(0)
      const lines = jsonLines(outcome)
      expect(lines.map(({ source }) => source)).toEqual(files)
      expect(lines.map((line) => line.class)).toEqual(['cross', 'stripes', 'stripes', 'cross'])
      expect(outcome.stderr).toMatch(
        new RegExp(`^${files[0]}: read as cross \\(\\d+\\.\\d %\\)\n {2}cross +█+ +\\d`, 'm'),
      )
      for (const i of [1, 2, 3, 4]) {
        const { width, height, data } = PNG.sync.read(await readFile(join(folder, `seen-${i}.png`)))
        expect([width, height]).toEqual([528, 264])
        // The picture to the left; to the right grey, and orange where it counts.
        const isGrey = (x: number, y: number): boolean => {
          const [r, g, b] = data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)
          return Math.abs(r! - b!) < 40 && Math.abs(g! - b!) < 40
        }
        const right = Array.from({ length: 64 * 64 }, (_, n) => isGrey(264 + 4 * (n % 64), 4 * Math.floor(n / 64)))
        const greys = right.filter(Boolean).length
        expect(greys).toBeGreaterThan(0)
        expect(greys).toBeLessThan(right.length)
      }
      const one = await quadlane('predict', run, files[0]!, '--saliency', join(folder, 'none', 'a.png'))
      expect(one.stderr).toMatch(
        /^quadlane: predict: expected --saliency to be a file that can be written, received .* \(ENOENT\)\n$/,
      )
      const broken = join(photos, 'cross', 'broken.png')
      const some = await quadlane('predict', run, files[0]!, broken, join(photos, 'none.png'), files[3]!, '--json')
      expect(some.code).toBe(2)
      expect(jsonLines(some).map(({ source }) => source)).toEqual([files[0], files[3]])
      expect(some.stderr).toMatch(
        /quadlane: .*broken\.png: expected a picture .*\nquadlane: .*none\.png: .* \(?ENOENT\)?\n$/,
      )
      const name = await quadlane('predict', run, files[0]!, '--saliency', 'a.jpg')
      expect(name.stderr).toBe("quadlane: predict: expected --saliency to be the name of a .png, received 'a.jpg'\n")
      const validation = await quadlane('predict', run, '--index', '2')
      expect(validation.stdout).toMatch(new RegExp(`^${photos}, image 2: read as (circle|cross|stripes) `))
    },
    MINUTES,
  )

  it(
    'asks before it overwrites: without a terminal it refuses, with --force it does not',
    async () => {
      const args = ['train', '--data', photos, '--size', '16', '--model', 'mlp', '--epochs', '1', '--out', run]
      const refused = await quadlane(...args)
      expect(refused).toMatchObject({ code: 2, stdout: '' })
      expect(refused.stderr).toBe(
        `quadlane: train: expected --out to be a folder without a model, received '${run}' — --force overwrites it, --resume goes on with it\n`,
      )
      const copy = join(folder, 'forced')
      const once = await quadlane(...args.slice(0, -1), copy)
      expect(once.code, once.stderr).toBe(0)
      expect((await quadlane(...args.slice(0, -1), copy, '--force')).code).toBe(0)
    },
    MINUTES,
  )

  it(
    'gives a trained model a new head, whose front is run once, and goes on with it',
    async () => {
      const two = join(folder, 'two')
      for (const shape of ['circle', 'cross'] as const) {
        await mkdir(join(two, `a ${shape}`), { recursive: true })
        for (let i = 0; i < 12; i++)
          await writeFile(join(two, `a ${shape}`, `${i}.png`), pngFile(drawShape(shape, 500 + i)))
      }
      const out = join(folder, 'tuned')
      const args = ['--data', two, '--from', run, '--epochs', '6', '--seed', '1', '--batch-size', '8', '--out', out]
      const outcome = await quadlane('train', ...args, '--json')
      expect(outcome.code, outcome.stderr).toBe(0)
      const result = jsonLines(outcome).at(-1)!
      expect(result).toMatchObject({ model: run, classNames: ['a circle', 'a cross'] })
      expect(result.valAccuracy).toBeGreaterThan(0.7)
      expect(outcome.stderr).toContain('2 classes, pictures of 24 x 24:')
      expect(outcome.stderr).toMatch(/^features \(Functional\) /m)
      expect(outcome.stderr).toMatch(/^Trainable params: 2,306$/m)
      const before = await savedBytes(out)
      const more = await quadlane('train', '--resume', out, '--epochs', '7')
      expect(more.code, more.stderr).toBe(0)
      // The features are as they were; the head is not.
      const front = 4 * 288_352
      const after = await savedBytes(out)
      expect(after.subarray(0, front).equals(before.subarray(0, front))).toBe(true)
      expect(after.equals(before)).toBe(false)
      const small = await quadlane('train', '--data', two, '--from', run, '--size', '48', '--out', join(folder, 'x'))
      expect(small.stderr).toContain('train: expected --size 24, which the model of --from reads, or none, received 48')
    },
    MINUTES,
  )

  it(
    'varies pictures, keeps to other models, and reads what was trained with variations',
    async () => {
      const out = join(folder, 'varied')
      const args = ['--data', photos, '--size', '16', '--epochs', '1', '--seed', '1', '--augment', '--out', out]
      const outcome = await quadlane('train', '--model', 'lenet', ...args)
      expect(outcome.code, outcome.stderr).toBe(0)
      expect(outcome.stdout).toContain('Model: "lenet-augmented"')
      const again = await quadlane('train', '--resume', out, '--epochs', '2')
      expect(again.code, again.stderr).toBe(0)
      const [one, two] = [await quadlane('evaluate', out), await quadlane('evaluate', out)]
      expect(one.stdout).toBe(two.stdout)
      const tuned = join(folder, 'varied-tuned')
      const head = await quadlane('train', '--from', out, '--data', photos, '--epochs', '1', '--out', tuned)
      expect(head.code, head.stderr).toBe(0)
      expect(head.stdout).not.toContain('random_flip')
    },
    MINUTES,
  )
})

describe('models of digits', () => {
  it(
    'read a photograph of a digit: cropped, inverted and centred',
    async () => {
      const out = join(folder, 'digits')
      const args = [
        '--model',
        'lenet5',
        '--limit',
        '2000',
        '--epochs',
        '8',
        '--batch-size',
        '32',
        '--seed',
        '7',
        '--out',
        out,
      ]
      const trained = await quadlane('train', ...args)
      expect(trained.code, trained.stderr).toBe(0)
      const digits = syntheticDigits({ count: 40, seed: 5 })
      const paper = join(folder, 'paper')
      for (let i = 0; i < digits.size; i++) {
        // Dark ink on grey paper, three times as large, far from the middle.
        const bytes = digits.image(i)
        const picture = drawn(200, 150, (x, y) => {
          const [column, row] = [Math.floor((x - 90) / 3), Math.floor((y - 20) / 3)]
          const ink = column >= 0 && column < 28 && row >= 0 && row < 28 ? bytes[row * 28 + column]! : 0
          const value = 210 - 0.7 * ink
          return [value, value, value]
        })
        const to = join(paper, String(digits.label(i)))
        await mkdir(to, { recursive: true })
        await writeFile(join(to, `${i}.png`), pngFile(picture))
      }
      const [result] = jsonLines(await quadlane('evaluate', out, paper, '--json'))
      expect(result!.images).toBe(40)
      expect(result!.accuracy).toBeGreaterThan(0.75)
      const file = join(paper, String(digits.label(0)), '0.png')
      const { stdout } = await quadlane('predict', out, file)
      expect(stdout).toMatch(new RegExp(`^${file}, image 0: read as \\d \\(`))
      expect(stdout.slice(stdout.indexOf('\n'))).toContain('@')
    },
    MINUTES,
  )
})

describe('folders that are none', () => {
  it.each<[files: Record<string, string>, text: string]>([
    [
      { 'a.png': '' },
      "expected a folder for each class in '%', received 1 file and no folder — sort the pictures into folders: photos/cats, photos/dogs",
    ],
    [
      { 'cats/a.png': '' },
      "expected a folder for each of at least two classes, received one, 'cats' — a network learns to tell classes apart: photos/cats, photos/dogs",
    ],
    [
      { 'train/cats/a.png': '', 'train/dogs/b.png': '' },
      "expected pictures in '%/train', received folders: cats, dogs — if those are the classes, give '%/train'",
    ],
    [
      { 'cats/a.png': '', 'dogs/.keep': '' },
      "expected pictures in each class, received none in 'dogs' — add pictures, or take the folder away",
    ],
    [
      { 'cats/a.png': 'meow', 'dogs/b.png': 'woof' },
      "expected pictures in each class that can be read, received 1 in 'cats' that are not: %/cats/a.png is no picture (PNG, JPEG, WebP, GIF)",
    ],
  ])('%j', async (files, text) => {
    const place = join(
      folder,
      `none-${Object.keys(files).join('-').replaceAll('/', '_')}-${Object.values(files).join('')}`,
    )
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(place, name, '..'), { recursive: true })
      await writeFile(join(place, name), content)
    }
    const out = join(folder, 'nothing')
    const { code, stdout, stderr } = await quadlane('train', '--data', place, '--out', out)
    expect(stderr).toBe(`quadlane: data.imageFolder: ${text.replaceAll('%', place)}\n`)
    expect([code, stdout]).toEqual([2, ''])
    await expect(stat(out)).rejects.toThrow('ENOENT')
  })
})
