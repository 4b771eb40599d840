/** What a run's folder holds beside the model: read back to the bit, and refused where it is not what it should be. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareFolder, readRun, readState, restoreOptimizer, saveRun } from '../../src/cli/run-folder.ts'
import type { Settings } from '../../src/cli/settings.ts'
import { ArgumentError, FormatError, InputOutputError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import * as layers from '../../src/layers/index.ts'
import { type Sequential, sequential } from '../../src/model/sequential.ts'
import type { OptimizerName } from '../../src/optimizers/table.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectRejection } from '../helpers/refusals.ts'
import { testFolder } from './harness.ts'

const folder = await testFolder()
const SETTINGS: Settings = {
  model: 'mlp',
  data: 'digits',
  seed: 5,
  epochs: 4,
  batchSize: 2,
  optimizer: 'adam',
  learningRate: 0.01,
  limit: null,
}

beforeAll(() => init())
afterAll(shutdown)

function smallModel(optimizer: OptimizerName): Sequential {
  const model = sequential({ seed: 1, layers: [layers.dense({ units: 2, inputShape: [3] })] })
  model.compile({ optimizer, loss: 'meanSquaredError' })
  model.makeWeights()
  return model
}

function slotValues(model: Sequential): number[][] {
  const { optimizer } = model
  return model.trainableWeights.flatMap(({ variable }) =>
    optimizer!.slots(variable).map((slot) => [...slot.dataSync()]),
  )
}

describe('saveRun', () => {
  it.each(['adam', 'rmsprop', 'momentum', 'sgd'] as const)('keeps the slots of %s to the bit', async (optimizer) => {
    const dir = join(folder, optimizer)
    await mkdir(dir)
    const trained = smallModel(optimizer)
    for (let step = 0; step < 3; step++)
      await trained.trainOnBatch(
        [
          [1, 2, -3],
          [0.5, 0, 1],
        ],
        [
          [1, 0],
          [0, 1],
        ],
      )
    await saveRun(dir, trained, SETTINGS, 2)
    const values = slotValues(trained)
    if (optimizer !== 'sgd') expect(values.flat().some((value) => value !== 0)).toBe(true)
    expect(await readState(dir)).toEqual({ ...SETTINGS, completed: 2, iterations: 3 })
    const fresh = smallModel(optimizer)
    await restoreOptimizer(dir, fresh, 3)
    expect(slotValues(fresh)).toEqual(values)
    expect(fresh.optimizer!.iterations).toBe(3)
  })
})

describe('restoreOptimizer', () => {
  const model = (): Sequential => smallModel('adam')
  const file = join(folder, 'optimizer.bin')
  const mend = 'without training.json and optimizer.bin the model can still be evaluated'

  it('refuses a file that is too short, too long or missing', async () => {
    const text = (bytes: number): string => `${file}: expected 64 bytes, received ${bytes} — ${mend}`
    await expectRejection(restoreOptimizer(folder, model(), 1), FormatError, text(0))
    for (const bytes of [63, 68]) {
      await writeFile(file, new Uint8Array(bytes))
      await expectRejection(restoreOptimizer(folder, model(), 1), FormatError, text(bytes))
    }
  })

  it('refuses NaN', async () => {
    const values = new Float32Array(16)
    values[3] = Number.NaN
    await writeFile(file, new Uint8Array(values.buffer))
    const text = `${file}: expected a finite number at byte 12, received NaN`
    await expectRejection(restoreOptimizer(folder, model(), 1), FormatError, text)
  })
})

describe('readState', () => {
  const file = join(folder, 'training.json')
  const good = { ...SETTINGS, completed: 1, iterations: 10 }

  it('knows nothing of a folder without the file', async () => {
    expect(await readState(join(folder, 'absent'))).toBeUndefined()
    const text = `train: expected --resume to be a folder that train has saved to, with training.json, received '${folder}/absent'`
    await expectRejection(readRun('train', join(folder, 'absent')), ArgumentError, text)
  })

  it.each([
    ['not an object', '[1]', 'expected a JSON object, received [1]'],
    [
      'an unknown model',
      { model: 'lenet6' },
      "expected model to be one of lenet, lenet5, mlp, received 'lenet6' — did you mean 'lenet'?",
    ],
    [
      'an unknown optimizer',
      { optimizer: null },
      'expected optimizer to be one of sgd, momentum, adam, adamw, rmsprop, adagrad, received null',
    ],
    ['a negative seed', { seed: -1 }, 'expected seed to be an integer of at least 0, received -1'],
    ['no epochs', { epochs: 0 }, 'expected epochs to be an integer of at least 1, received 0'],
    ['a batch of text', { batchSize: '2' }, "expected batchSize to be an integer of at least 1, received '2'"],
    ['a wrong rate', { learningRate: -1 }, 'expected learningRate to be a finite number of at least 0, received -1'],
    ['a limit of 0', { limit: 0 }, 'expected limit (or null) to be an integer of at least 1, received 0'],
    [
      'more epochs done than there are',
      { completed: 5 },
      'expected completed to be an integer from 0 to 4, received 5',
    ],
    ['half a step', { iterations: 0.5 }, 'expected iterations to be an integer of at least 0, received 0.5'],
    ['data that is no text', { data: 3 }, 'expected data to be text, received 3'],
  ])('refuses %s', async (_, change, text) => {
    await writeFile(file, typeof change === 'string' ? change : JSON.stringify({ ...good, ...change }))
    await expectRejection(readState(folder), FormatError, `${file}: ${text}`)
  })

  it('refuses what is no JSON, and what is too long', async () => {
    await writeFile(file, '{"model": ')
    await expect(readState(folder)).rejects.toThrow(`${file}: expected JSON, received Unexpected end of JSON input`)
    await writeFile(file, ' '.repeat(70_000))
    await expectRejection(readState(folder), FormatError, `${file}: expected at most 65536 bytes, received 70000`)
  })

  it('refuses a file that cannot be read', async () => {
    const dir = join(folder, 'odd')
    await mkdir(join(dir, 'training.json'), { recursive: true })
    const text = `${dir}/training.json: expected a file that can be read, received EISDIR`
    await expectRejection(readState(dir), InputOutputError, text)
  })
})

describe('prepareFolder', () => {
  it('makes folders, and takes them away again unless something is in them', async () => {
    const remove = await prepareFolder('train', join(folder, 'x', 'y'))
    await writeFile(join(folder, 'x', 'kept'), '')
    await remove()
    await expect(readFile(join(folder, 'x', 'y'))).rejects.toThrow('ENOENT')
    expect(await readFile(join(folder, 'x', 'kept'), 'utf8')).toBe('')
  })

  it('leaves a folder that was there before', async () => {
    await mkdir(join(folder, 'before'))
    await (await prepareFolder('train', join(folder, 'before')))()
    await expect(readFile(join(folder, 'before'))).rejects.toThrow('EISDIR')
  })

  it('refuses a folder that cannot be made', async () => {
    await writeFile(join(folder, 'plain'), '')
    const text = `train: expected --out to be a folder that can be written, received '${folder}/plain/z' (ENOTDIR) — choose another folder with --out`
    await expectRejection(prepareFolder('train', join(folder, 'plain', 'z')), InputOutputError, text)
  })
})
