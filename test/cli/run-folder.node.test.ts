/** What a run's folder holds beside the model: read back to the bit, and refused where it is not what it should be. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelUrl, prepareFolder, readRun, readState, saveRun } from '../../src/cli/run-folder.ts'
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
  size: null,
  augment: false,
  from: null,
  range: [0, 1],
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

const [X, Y] = [
  [
    [1, 2, -3],
    [0.5, 0, 1],
    [0, 1, 0],
  ],
  [
    [1, 0],
    [0, 1],
    [1, 1],
  ],
]

/** A folder with a run of three steps, of which two make an epoch. */
async function savedRun(
  name: string,
  optimizer: OptimizerName = 'adam',
): Promise<{ dir: string; trained: Sequential }> {
  const dir = join(folder, name)
  const trained = smallModel(optimizer)
  const stop = { onBatchEnd: () => void (trained.stopTraining = trained.optimizer!.iterations === 3) }
  await trained.fit(X, Y, { epochs: 4, batchSize: 2, callbacks: stop })
  await saveRun(dir, trained, { ...SETTINGS, optimizer })
  return { dir, trained }
}

describe('saveRun', () => {
  it.each(['adam', 'rmsprop', 'momentum', 'sgd'] as const)(
    'keeps weights and slots of %s to the bit',
    async (optimizer) => {
      const { dir, trained } = await savedRun(optimizer, optimizer)
      if (optimizer !== 'sgd')
        expect(
          slotValues(trained)
            .flat()
            .some((value) => value !== 0),
        ).toBe(true)
      const state = await readState(dir)
      expect(state).toMatchObject({ ...SETTINGS, optimizer, iterations: 3 })
      const fresh = smallModel(optimizer)
      const seen: unknown[] = []
      const stop = {
        onTrainBegin: () => {
          seen.push(fresh.snapshot(), slotValues(fresh), fresh.optimizer!.iterations)
          throw new Error('seen')
        },
      }
      const resume = modelUrl(dir)
      await expect(fresh.fit(X, Y, { epochs: 9, batchSize: 2, callbacks: stop, resume })).rejects.toThrow('seen')
      expect(seen).toEqual([trained.snapshot(), slotValues(trained), 3])
    },
  )
})

describe('readState', () => {
  it('knows nothing of a folder without a model, or with one that was not trained here', async () => {
    expect(await readState(join(folder, 'absent'))).toBeUndefined()
    const text = `train: expected --resume to be a folder that train has saved to, received '${folder}/absent' — models of version 0.1 can be evaluated, but not trained further`
    await expectRejection(readRun('train', join(folder, 'absent')), ArgumentError, text)
    await smallModel('sgd').save(modelUrl(join(folder, 'plain-model')))
    expect(await readState(join(folder, 'plain-model'))).toBeUndefined()
  })

  it.each([
    [
      'an unknown model',
      { model: 'lenet6' },
      "expected model to be one of lenet, lenet5, mlp, cifarNet, mobileNet, resNet, received 'lenet6' — did you mean 'lenet'?",
    ],
    [
      'an unknown optimizer',
      { optimizer: null },
      'expected optimizer to be one of sgd, momentum, adam, adamw, adamax, rmsprop, adagrad, adadelta, received null',
    ],
    ['a negative seed', { seed: -1 }, 'expected seed to be an integer of at least 0, received -1'],
    ['no epochs', { epochs: 0 }, 'expected epochs to be an integer of at least 1, received 0'],
    ['a batch of text', { batchSize: '2' }, "expected batchSize to be an integer of at least 1, received '2'"],
    ['a wrong rate', { learningRate: -1 }, 'expected learningRate to be a finite number of at least 0, received -1'],
    ['a limit of 0', { limit: 0 }, 'expected limit (or null) to be an integer of at least 1, received 0'],
    ['data that is no text', { data: 3 }, 'expected data to be text, received 3'],
  ])('refuses %s', async (what, change, text) => {
    const { dir } = await savedRun(what.replaceAll(' ', '-'))
    await changeFile(dir, (json) => Object.assign(json.userDefinedMetadata.train, change))
    await expectRejection(readState(dir), FormatError, `${dir}/model.json: ${text}`)
  })

  it.each([
    ['more epochs done than there are', 'epoch', 5, 'expected epoch to be an integer from 0 to 4, received 5'],
    [
      'more than can be counted',
      'epoch',
      8e15,
      'expected epoch to be an integer from 0 to 4, received 8000000000000000',
    ],
    ['half a step', 'batch', 0.5, 'expected batch to be an integer of at least 0, received 0.5'],
  ])('refuses %s', async (what, key, value, text) => {
    const { dir } = await savedRun(what.replaceAll(' ', '-'))
    await changeFile(dir, (json) =>
      Object.assign(json.userDefinedMetadata.quadlane.checkpoint.moment, { [key]: value }),
    )
    await expectRejection(readState(dir), FormatError, `${dir}/model.json: ${text}`)
  })

  it('refuses what is no JSON, and what cannot be read', async () => {
    const dir = join(folder, 'odd')
    await mkdir(dir)
    await writeFile(join(dir, 'model.json'), '{"model": ')
    await expect(readState(dir)).rejects.toThrow(`${dir}/model.json: expected JSON in UTF-8, received something else`)
    await mkdir(join(folder, 'odder', 'model.json'), { recursive: true })
    await expect(readState(join(folder, 'odder'))).rejects.toThrow(
      'expected a file to read, received a directory (EISDIR)',
    )
  })
})

interface ModelJson {
  userDefinedMetadata: { train: object; quadlane: { checkpoint: { moment: object } } }
}

async function changeFile(dir: string, change: (json: ModelJson) => void): Promise<void> {
  const file = join(dir, 'model.json')
  const json = JSON.parse(await readFile(file, 'utf8')) as ModelJson
  change(json)
  await writeFile(file, JSON.stringify(json))
}

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
