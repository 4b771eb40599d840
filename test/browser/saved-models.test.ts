/** Models in IndexedDB and localStorage: round trips, both ways with TF.js, and what goes wrong. */

import * as tf from '@tensorflow/tfjs-core'
import * as tfLayers from '@tensorflow/tfjs-layers'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { init } from '../../src/init.ts'
import { copyModel, listModels, moveModel, removeModel } from '../../src/io/stored-models.ts'
import * as layers from '../../src/layers/index.ts'
import { loadLayersModel } from '../../src/model/load-layers-model.ts'
import { type Sequential, sequential } from '../../src/model/sequential.ts'
import { tensor4d } from '../../src/ops/create.ts'
import { expectClose } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'
import { emptyStores } from './stores.ts'
import '../helpers/tfjs.ts'

beforeAll(() => init())

const SCHEMES = ['indexeddb://', 'localstorage://']

beforeEach(emptyStores)
afterEach(async () => {
  vi.restoreAllMocks()
  await emptyStores()
})

function small(seed: number): Sequential {
  return sequential({
    seed,
    layers: [
      layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 1] }),
      layers.flatten(),
      layers.dense({ units: 4, activation: 'softmax' }),
    ],
  })
}

const IMAGES = uniform(2 * 36, 5, 0, 1)

describe.each(SCHEMES)('%s', (scheme) => {
  const url = `${scheme}models/small`

  it('keeps a model, lists it and removes it', async () => {
    const model = small(1)
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
    const { modelArtifactsInfo } = await model.save(url)
    expect(modelArtifactsInfo.weightDataBytes).toBe(model.countParams() * 4)
    expect(await listModels()).toEqual({ [url]: modelArtifactsInfo })
    const loaded = await loadLayersModel(url)
    expect(await loaded.snapshot()).toEqual(await model.snapshot())
    expect(loaded.compileArgs).toMatchObject({ loss: 'categoricalCrossentropy' })
    expect(await removeModel(url)).toEqual(modelArtifactsInfo)
    expect(await listModels()).toEqual({})
  })

  it('replaces what was there, copies and moves', async () => {
    await small(1).save(url)
    const second = small(2)
    await second.save(url)
    const other = SCHEMES.find((name) => name !== scheme)!
    await copyModel(url, `${other}copy`)
    await moveModel(url, `${scheme}moved`)
    expect(Object.keys(await listModels()).sort()).toEqual([`${scheme}moved`, `${other}copy`].sort())
    for (const from of [`${scheme}moved`, `${other}copy`]) {
      expect(await (await loadLayersModel(from)).snapshot()).toEqual(await second.snapshot())
    }
    await moveModel(`${scheme}moved`, `${scheme}moved`)
    expect(Object.keys(await listModels())).toHaveLength(2)
  })

  it('is read by TF.js', async () => {
    const model = small(3)
    await model.save(url)
    expect(Object.keys(await tf.io.listModels())).toEqual([url])
    const theirs = await tfLayers.loadLayersModel(url)
    const weights = await model.snapshot()
    theirs.getWeights().forEach((weight, i) => expect(weight.dataSync()).toEqual(weights[i]))
  })

  it('reads what TF.js saved', async () => {
    const theirs = tfLayers.sequential({
      layers: [
        tfLayers.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1] }),
        tfLayers.layers.flatten(),
        tfLayers.layers.dense({ units: 3, activation: 'softmax' }),
      ],
    })
    await theirs.save(url)
    expect(Object.keys(await listModels())).toEqual([url])
    const ours = await loadLayersModel(url)
    const expected = theirs.predict(tf.tensor4d(IMAGES, [2, 6, 6, 1])) as tf.Tensor
    expectClose(ours.predict(tensor4d(IMAGES, [2, 6, 6, 1])).dataSync(), expected.dataSync(), { relative: 1e-5 })
    expect((await removeModel(url)).dateSaved).toBeInstanceOf(Date)
    expect(await tf.io.listModels()).toEqual({})
  })

  it('says that there is no such model', async () => {
    const message = `${scheme}none: expected a saved model, received none — io.listModels() tells which there are`
    for (const attempt of [loadLayersModel, removeModel, (from: string) => copyModel(from, url)]) {
      await expect(attempt(`${scheme}none`)).rejects.toMatchObject({ name: 'InputOutputError', message })
    }
  })

  it('wants a name', async () => {
    const message = `save, load: expected ${scheme}NAME, received '${scheme}'`
    await expect(loadLayersModel(scheme)).rejects.toMatchObject({ name: 'ArgumentError', message })
  })
})

describe('indexeddb://', () => {
  const url = 'indexeddb://a'

  async function put(record: object): Promise<void> {
    await small(1).save(url)
    const request = indexedDB.open('tensorflowjs', 1)
    await new Promise((resolve) => (request.onsuccess = resolve))
    const transaction = request.result.transaction('models_store', 'readwrite')
    transaction.objectStore('models_store').put(record)
    await new Promise((resolve) => (transaction.oncomplete = resolve))
    request.result.close()
  }

  const BROKEN: [what: string, record: object, text: string][] = [
    ['no artifacts', {}, `${url}: expected modelArtifacts to be an object, received undefined`],
    ['no topology', { modelArtifacts: {} }, `${url}: expected modelTopology to be an object, received undefined`],
  ]

  it.each(BROKEN)('refuses a record with %s', async (_, record, message) => {
    await put({ modelPath: 'a', ...record })
    await expect(loadLayersModel(url)).rejects.toMatchObject({ name: 'FormatError', message })
  })

  it('says that the disk is full, and keeps what was there', async () => {
    const first = small(1)
    await first.save(url)
    const full = new DOMException('full', 'QuotaExceededError')
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw full
    })
    await expect(small(2).save(url)).rejects.toMatchObject({
      name: 'InputOutputError',
      message: `${url}: expected an IndexedDB that can be used and has room, received QuotaExceededError: full`,
    })
    vi.restoreAllMocks()
    expect(await (await loadLayersModel(url)).snapshot()).toEqual(await first.snapshot())
  })

  it('says why it cannot be used', async () => {
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('denied', 'SecurityError')
    })
    await expect(small(1).save(url)).rejects.toMatchObject({
      name: 'InputOutputError',
      message: `${url}: expected an IndexedDB that can be used and has room, received SecurityError: denied`,
    })
  })
})

describe('localstorage://', () => {
  const url = 'localstorage://a'
  const key = (part: string): string => `tensorflowjs_models/a/${part}`

  it('says that there is no room, and keeps what was there', async () => {
    const first = small(1)
    await first.save(url)
    const large = sequential({ layers: [layers.dense({ units: 1000, inputShape: [4000] })] })
    await expect(large.save(url)).rejects.toMatchObject({
      name: 'InputOutputError',
      message: expect.stringMatching(
        /^localstorage:\/\/a: expected localStorage with room, received (QuotaExceededError|NS_ERROR_\w+) — use indexeddb:\/\/$/,
      ),
    })
    expect(await (await loadLayersModel(url)).snapshot()).toEqual(await first.snapshot())
  })

  const BROKEN: [part: string, text: string | null, message: string | RegExp][] = [
    ['weight_data', null, /^localstorage:\/\/a, weights: expected \d+ bytes, .* received 0$/],
    ['weight_specs', null, `${key('weight_specs')}: expected JSON in UTF-8, received an empty file`],
    ['weight_data', '?', `${key('weight_data')}: expected base64, received '?'`],
    ['weight_data', 'AAAA', /^localstorage:\/\/a, weights: expected \d+ bytes, .* received 3$/],
    ['model_topology', '{', /^tensorflowjs_models\/a\/model_topology: expected JSON in UTF-8, received something else/],
    ['model_topology', '[]', `${url}: expected model_topology to be an object, received []`],
    ['weight_specs', '{}', `${url}: expected weight_specs to be an array, received {}`],
    ['model_metadata', '3', `${url}: expected model_metadata to be an object, received 3`],
  ]

  it.each(BROKEN)('refuses %s that is %j', async (part, text, message) => {
    await small(1).save(url)
    if (text === null) localStorage.removeItem(key(part))
    else localStorage.setItem(key(part), text)
    const expected = typeof message === 'string' ? message : expect.stringMatching(message)
    await expect(loadLayersModel(url)).rejects.toMatchObject({ name: 'FormatError', message: expected })
  })

  it('keeps to its own keys', async () => {
    localStorage.setItem('mine', '1')
    localStorage.setItem('tensorflowjs_models/not-a-model', '1')
    await small(1).save(url)
    expect(Object.keys(await listModels())).toEqual([url])
    await removeModel(url)
    expect({ ...localStorage }).toEqual({ mine: '1', 'tensorflowjs_models/not-a-model': '1' })
  })
})
