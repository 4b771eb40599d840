/** What the command line refuses: one line on standard error, exit code 2, no stack, nothing on standard output. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { gzip } from '../data/idx-files.ts'
import { ended, keptStream, quadlane, spawnQuadlane, testFolder, tinyMnist } from './harness.ts'

const folder = await testFolder()
const mnist = await tinyMnist(folder)
const model = join(folder, 'model')
const trained = await quadlane('train', '--model', 'lenet5', '--data', mnist, '--epochs', '1', '--out', model)
if (trained.code !== 0) throw new Error(trained.stderr)

async function expectRefused(args: readonly string[], text: string): Promise<void> {
  const { code, stdout, stderr } = await quadlane(...args)
  expect(stderr).toBe(`quadlane: ${text}\n`)
  expect(stdout).toBe('')
  expect(code).toBe(2)
}

const INTEGER = (flag: string, received: string, min = 1): string =>
  `train: expected ${flag} to be an integer of at least ${min}, received ${received}`
const RATE = (received: string): string =>
  `train: expected --learning-rate to be a finite number above 0, received ${received}`

describe('a wrong flag', () => {
  it.each<[args: string[], text: string]>([
    [['trian'], "unknown command 'trian' (Did you mean train?)"],
    [['train', '--epoch', '3'], "unknown option '--epoch' (Did you mean --epochs?)"],
    [['train', 'lenet'], "too many arguments for 'train'. Expected 0 arguments but got 1."],
    [['train', '--out'], "option '--out <dir>' argument missing"],
    [['predict'], "missing required argument 'dir'"],
    [['train', '--epochs', '0'], INTEGER('--epochs', '0')],
    [['train', '--epochs', '-2'], INTEGER('--epochs', '-2')],
    [['train', '--epochs', '1.5'], INTEGER('--epochs', '1.5')],
    [['train', '--epochs', 'many'], INTEGER('--epochs', "'many'")],
    [['train', '--epochs', ''], INTEGER('--epochs', "''")],
    [['train', '--batch-size', 'NaN'], INTEGER('--batch-size', "'NaN'")],
    [['train', '--limit', '0'], INTEGER('--limit', '0')],
    [['train', '--seed', '-4'], INTEGER('--seed', '-4', 0)],
    [['train', '--learning-rate', '0'], RATE('0')],
    [['train', '--learning-rate', '-0.1'], RATE('-0.1')],
    [['train', '--learning-rate', 'Infinity'], RATE('Infinity')],
    [['train', '--threads', '0'], 'train: expected --threads (or auto) to be an integer from 1 to 48, received 0'],
    [
      ['train', '--threads', 'all'],
      "train: expected --threads (or auto) to be an integer from 1 to 48, received 'all'",
    ],
    [
      ['info', '--simd', 'relax'],
      "info: expected --simd to be one of auto, wide, relaxed, baseline, received 'relax' — did you mean 'relaxed'?",
    ],
    [
      ['train', '--model', 'lenet6'],
      "train: expected --model to be one of lenet, lenet5, mlp, cifarNet, mobileNet, resNet, received 'lenet6' — did you mean 'lenet'?",
    ],
    [
      ['train', '--optimizer', 'adma'],
      "train: expected --optimizer to be one of sgd, momentum, adam, adamw, adamax, rmsprop, adagrad, adadelta, received 'adma' — did you mean 'adam'?",
    ],
    [['train', '--range', '0,255'], 'train: expected --range with the model of --from, received none'],
    [['train', '--range', '0-1'], "train: expected --range to be 2 numbers with a comma between, received '0-1'"],
    [['train', '--from', 'x', '--model', 'mlp'], "option '--from <model>' cannot be used with option '--model <name>'"],
    [
      ['train', '--augment', '--out', join(folder, 'o')],
      'train: expected --augment with a folder of pictures as --data, received digits beside it',
    ],
    [
      ['train', '--resume', 'x', '--model', 'mlp'],
      "option '--model <name>' cannot be used with option '--resume <dir>'",
    ],
    [['train', '--resume', 'x', '--seed', '1'], "option '--seed <n>' cannot be used with option '--resume <dir>'"],
    [['evaluate'], 'evaluate: expected one folder of a model, received none — quadlane evaluate DIR'],
    [
      ['evaluate', 'x', '--model-dir', 'y'],
      'evaluate: expected one folder of a model, received two — quadlane evaluate DIR',
    ],
    [['summary', 'x', '--model', 'mlp'], "summary: expected a folder or --model, received 'x' and --model mlp"],
    [
      ['bench', '--seconds', '0'],
      'bench: expected --seconds to be a finite number above 0 and at most 600, received 0',
    ],
  ])('%j', expectRefused)
})

describe('data', () => {
  it('that is no name and no folder', async () => {
    const text = `train: expected --data to be digits, mnist, a folder of pictures for each class, or one with the four MNIST files, received '${folder}/digit', which is no folder`
    await expectRefused(['train', '--data', join(folder, 'digit'), '--out', join(folder, 'o')], text)
  })

  it('in a folder without the files', async () => {
    const part = join(folder, 'part')
    await mkdir(part)
    await writeFile(join(part, 't10k-labels-idx1-ubyte'), '')
    const text = `loadMnist: expected train-images-idx3-ubyte or train-images-idx3-ubyte.gz in the folder '${part}', received no such file — name the folder that holds the four MNIST files`
    await expectRefused(['train', '--data', part, '--out', join(folder, 'o')], text)
  })

  it('in a file that is cut short', async () => {
    const broken = join(folder, 'broken')
    await mkdir(broken)
    const file = join(broken, 'train-images-idx3-ubyte')
    await writeFile(file, (await readFile(join(mnist, 'train-images-idx3-ubyte'))).subarray(0, 1000))
    const text = `${file}: expected 4720 bytes for its dimensions [6, 28, 28], received the end at byte 1000 — the file is cut short: fetch it again`
    await expectRefused(['train', '--data', broken, '--out', join(folder, 'o')], text)
  })
})

describe('a folder', () => {
  it('that cannot be written, before training', async () => {
    const out = join(mnist, 'train-labels-idx1-ubyte')
    const text = `train: expected --out to be a folder that can be written, received '${out}' (EEXIST) — choose another folder with --out`
    await expectRefused(['train', '--out', out], text)
  })

  it('without a model', async () => {
    for (const command of ['evaluate', 'predict', 'summary']) {
      const text = `${folder}/nothing/model.json: expected a file to read, received no such file or directory (ENOENT) — give the directory that holds model.json`
      await expectRefused([command, join(folder, 'nothing')], text)
    }
  })

  it('to go on with that has no run, or one without epochs left', async () => {
    const none = `train: expected --resume to be a folder that train has saved to, received '${mnist}' — models of version 0.1 can be evaluated, but not trained further`
    await expectRefused(['train', '--resume', mnist], none)
    const done =
      'train: expected --epochs above 1, which the saved run has completed, received 1 — give --epochs 2 or more to go on'
    await expectRefused(['train', '--resume', model], done)
  })
})

describe('images', () => {
  it('that are not there', async () => {
    const text = `predict: expected --index from 0 to 2 for the images of ${mnist}, received 3`
    await expectRefused(['predict', model, '--data', mnist, '--index', '0', '3'], text)
    await expectRefused(
      ['predict', model, join(folder, 'no.idx')],
      `${folder}/no.idx: expected a file that can be read, received ENOENT`,
    )
  })

  it('in a file of another kind, or of another size', async () => {
    const png = join(folder, 'a.png')
    await writeFile(png, Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d]))
    const other =
      'expected a picture (PNG, JPEG, WebP, GIF), IDX images, or the 784 bytes of one image [28, 28, 1], received'
    await expectRefused(['predict', model, png], `${png}: ${other} no picture (PNG, JPEG, WebP, GIF)`)
    const empty = join(folder, 'empty')
    await writeFile(empty, '')
    await expectRefused(['predict', model, empty], `${empty}: ${other} an empty file`)
    const labels = join(folder, 'labels.gz')
    await writeFile(labels, await gzip(Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 1, 7])))
    const rank = `${labels}: expected 00 00 08 03 at byte 0 (IDX, unsigned bytes, 3 dimensions), received 00 00 08 01`
    await expectRefused(['predict', model, labels], rank)
  })

  it('of another shape than the model reads', async () => {
    const file = join(folder, 'small.idx')
    await writeFile(file, Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4]))
    await expectRefused(['predict', model, file], 'predict, C1: expected input [*, 28, 28, 1], received [1, 2, 2, 1]')
  })
})

describe('a process', () => {
  it('exits with 2 after a refusal', async () => {
    const { code, stdout, stderr } = await ended(spawnQuadlane('train', '--epochs', '0'))
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `quadlane: ${INTEGER('--epochs', '0')}\n` })
  })

  it('is quiet when nobody reads any more', async () => {
    const child = spawnQuadlane('summary')
    child.stdout!.destroy()
    const { code, stderr } = await ended(child)
    expect(stderr).toBe('')
    expect(code).toBe(141)
  })
})

describe('a fault of our own', () => {
  it('has a stack and exit code 1', async () => {
    const { stream: stderr, text } = keptStream()
    const { stream: stdout } = keptStream()
    stdout.write = () => {
      throw new TypeError('no pen')
    }
    expect(await run(['summary'], { stdout, stderr })).toBe(1)
    expect(text()).toMatch(/^quadlane: a fault of quadlane itself: no pen\nTypeError: no pen\n {4}at /)
  })
})
