/** Models as downloads, and picked from the disk again; what a worker cannot do. */

import * as tf from '@tensorflow/tfjs-core'
import * as tfLayers from '@tensorflow/tfjs-layers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { init } from '../../src/init.ts'
import { browserFiles } from '../../src/io/handlers.ts'
import { listModels } from '../../src/io/stored-models.ts'
import { loadLayersModel } from '../../src/model/load-layers-model.ts'
import { lenet5 } from '../../src/zoo/lenet5.ts'
import { emptyStores } from './stores.ts'
import '../helpers/tfjs.ts'

afterEach(async () => {
  vi.restoreAllMocks()
  await emptyStores()
})

/** What would have been downloaded, as files. */
async function downloaded(save: () => Promise<unknown>): Promise<File[]> {
  const clicked: { readonly name: string; readonly content: Promise<Blob> }[] = []
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    clicked.push({ name: this.download, content: fetch(this.href).then((response) => response.blob()) })
  })
  await save()
  return Promise.all(clicked.map(async ({ name, content }) => new File([await content], name)))
}

describe('downloads://', () => {
  it.each([
    ['downloads://mine', ['mine.json', 'mine.weights.bin']],
    ['downloads://', ['model.json', 'model.weights.bin']],
  ])('%s gives two files, which load here and in TF.js', async (url, names) => {
    await init()
    const model = lenet5({ seed: 3 })
    const files = await downloaded(() => model.save(url))
    expect(files.map(({ name }) => name)).toEqual(names)
    const weights = await model.snapshot()
    expect(await (await loadLayersModel(browserFiles(files))).snapshot()).toEqual(weights)
    const theirs = await tfLayers.loadLayersModel(tf.io.browserFiles(files))
    theirs.getWeights().forEach((weight, i) => expect(weight.dataSync()).toEqual(weights[i]))
  })
})

describe('a worker', () => {
  it('keeps models in IndexedDB, and says why nowhere else', async () => {
    const worker = new Worker(new URL('./storage-worker.ts', import.meta.url), { type: 'module' })
    try {
      const results = await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data)
        worker.onerror = ({ message }) => reject(new Error(message))
        worker.postMessage(['indexeddb://w', 'localstorage://w', 'downloads://w'])
      })
      expect(results).toEqual([
        'saved',
        'InputOutputError: localstorage://w: expected localStorage with room, received none here — use indexeddb://',
        'InputOutputError: downloads://w: expected a page to download from, received a worker',
      ])
    } finally {
      worker.terminate()
    }
  })

  it('is not alone: a sandboxed frame may not touch localStorage either', async () => {
    vi.spyOn(globalThis, 'localStorage', 'get').mockImplementation(() => {
      throw new DOMException('The document is sandboxed.', 'SecurityError')
    })
    const message = 'localstorage://w: expected localStorage with room, received none here — use indexeddb://'
    await expect(lenet5().save('localstorage://w')).rejects.toMatchObject({ name: 'InputOutputError', message })
  })

  it('has no models in a sandboxed frame', async () => {
    const refuse = () => {
      throw new DOMException('The document is sandboxed.', 'SecurityError')
    }
    vi.spyOn(globalThis, 'localStorage', 'get').mockImplementation(refuse)
    const open = vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(refuse)
    expect(await listModels()).toEqual({})
    expect(open).toHaveBeenCalled()
    vi.spyOn(globalThis, 'indexedDB', 'get').mockImplementation(refuse)
    expect(await listModels()).toEqual({})
  })
})
