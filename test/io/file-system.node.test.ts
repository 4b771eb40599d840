import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { InputOutputError } from '../../src/errors.ts'
import { layers, type Sequential, sequential } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { fileSystem } from '../../src/io/handlers.node.ts'
import { loadLayersModel } from '../../src/model/load-layers-model.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectClose } from '../helpers/compare.ts'
import { artifactsOf, MODEL_CASES, predictions } from '../helpers/tfjs-models.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quadlane-files-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function small(seed = 1): Sequential {
  return sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })], seed })
}

describe('file://', () => {
  it('writes model.json and weights.bin, and reads them from the directory or the file', async () => {
    const directory = join(folder, 'a', 'b c')
    const model = small()
    const before = Date.now()
    const { modelArtifactsInfo } = await model.save(`file://${directory}`)
    expect((await readdir(directory)).sort()).toEqual(['model.json', 'weights.bin'])
    const saved = await artifactsOf(model)
    expect(new Uint8Array(await readFile(join(directory, 'weights.bin')))).toEqual(
      new Uint8Array(saved.weightData as ArrayBuffer),
    )
    expect(JSON.parse(await readFile(join(directory, 'model.json'), 'utf8'))).toEqual({
      modelTopology: saved.modelTopology,
      format: 'layers-model',
      generatedBy: 'quadlane v0.1.0',
      convertedBy: null,
      weightsManifest: [
        { paths: ['weights.bin'], weights: saved.weightSpecs, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ],
    })
    expect(modelArtifactsInfo.modelTopologyType).toBe('JSON')
    expect(modelArtifactsInfo.weightDataBytes).toBe(32)
    expect(modelArtifactsInfo.dateSaved.getTime()).toBeGreaterThanOrEqual(before)
    for (const url of [`file://${directory}`, `file://${directory}/`, `file://${directory}/model.json`]) {
      expect(await artifactsOf(await loadLayersModel(url))).toEqual(saved)
    }
    expect(await artifactsOf(await loadLayersModel(fileSystem(directory)))).toEqual(saved)
  })

  it('replaces what was there', async () => {
    await small(1).save(`file://${folder}`)
    await small(2).save(`file://${folder}`)
    // The weights of before are in use until model.json has been replaced, so the new ones have another name.
    expect((await readdir(folder)).sort()).toEqual(['model.json', expect.stringMatching(/^weights-[0-9a-f]{12}\.bin$/)])
    expect(await artifactsOf(await loadLayersModel(`file://${folder}`))).toEqual(await artifactsOf(small(2)))
  })

  it('keeps the old model, and no other files, when it cannot write the new one', async () => {
    await small(1).save(`file://${folder}`)
    // A directory that cannot be replaced by a file stands where model.json should go.
    await rm(join(folder, 'model.json'))
    await mkdir(join(folder, 'model.json', 'in the way'), { recursive: true })
    await expect(small(2).save(`file://${folder}`)).rejects.toThrow(InputOutputError)
    expect((await readdir(folder)).sort()).toEqual(['model.json', 'weights.bin'])
    expect(await readdir(join(folder, 'model.json'))).toEqual(['in the way'])
  })

  it('saves two models at once', async () => {
    await Promise.all([small(1).save(`file://${folder}`), small(2).save(`file://${folder}`)])
    // The file of the one that came too late is left for a later save to remove.
    expect((await readdir(folder)).slice(0, 1)).toEqual(['model.json'])
    expect((await loadLayersModel(`file://${folder}`)).countParams()).toBe(8)
  })

  it('tells what cannot be written, and how to mend it', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    const hint = 'choose another directory, or make this one writable'
    await expect(small().save(`file://${file}`)).rejects.toMatchObject({
      name: 'InputOutputError',
      message: `${file}: expected a directory that can be written to, received a file where a directory should be (EEXIST) — ${hint}`,
    })
    await expect(small().save(`file://${file}/below`)).rejects.toMatchObject({
      name: 'InputOutputError',
      message: `${file}/below: expected a directory that can be written to, received a file where a directory should be (ENOTDIR) — ${hint}`,
    })
    await expect(small().save(`file://${folder}/model.json`)).rejects.toMatchObject({
      name: 'ArgumentError',
      message: `save: expected a directory, received 'model.json' — save to '${folder.length > 60 ? `${folder.slice(0, 57)}…` : folder}': model.json and weights.bin are written into it`,
    })
    expect(() => fileSystem('')).toThrow("io.fileSystem: expected the path of a directory, received ''")
  })

  it('tells what cannot be read', async () => {
    const missing = `file://${folder}/none`
    await expect(loadLayersModel(missing)).rejects.toMatchObject({
      name: 'InputOutputError',
      message: `${folder}/none/model.json: expected a file to read, received no such file or directory (ENOENT) — give the directory that holds model.json`,
    })
    await small().save(`file://${folder}`)
    await rm(join(folder, 'weights.bin'))
    await expect(loadLayersModel(`file://${folder}`)).rejects.toMatchObject({
      name: 'InputOutputError',
      message: `${folder}/weights.bin: expected a file to read, received no such file or directory (ENOENT)`,
    })
    await mkdir(join(folder, 'weights.bin'))
    await expect(loadLayersModel(`file://${folder}`)).rejects.toMatchObject({
      name: 'InputOutputError',
      message: `${folder}/weights.bin: expected a file to read, received a directory (EISDIR)`,
    })
  })

  it('refuses files that were cut off or grew', async () => {
    await small().save(`file://${folder}`)
    const weights = join(folder, 'weights.bin')
    const whole = await readFile(weights)
    await writeFile(weights, whole.subarray(0, 30))
    await expect(loadLayersModel(`file://${folder}`)).rejects.toMatchObject({
      name: 'FormatError',
      message: "weights.bin: expected 32 bytes, of them 8 at offset 24 for tensor 'dense/bias' [2], received 30",
    })
    await writeFile(weights, Buffer.concat([whole, whole]))
    await expect(loadLayersModel(`file://${folder}`)).rejects.toMatchObject({
      name: 'FormatError',
      message: 'weights.bin: expected 32 bytes for 2 tensors, received more',
    })
    await writeFile(weights, whole)
    await expect(loadLayersModel(`file://${folder}`)).resolves.toBeDefined()
    const json = join(folder, 'model.json')
    const text = await readFile(json, 'utf8')
    await writeFile(json, text.slice(0, 200))
    const error = await loadLayersModel(`file://${folder}`).catch((e: unknown) => e)
    expect(error).toMatchObject({ name: 'FormatError', who: json })
    expect((error as Error).message).toContain('expected JSON in UTF-8, received something else (')
  })

  it('names the file in what is wrong with the model', async () => {
    await small().save(`file://${folder}`)
    const json = join(folder, 'model.json')
    await writeFile(json, (await readFile(json, 'utf8')).replace('"linear"', '"cubic"'))
    const error = await loadLayersModel(`file://${folder}`).catch((e: unknown) => e)
    expect((error as Error).message).toContain(`${json}, layer 'dense': expected activation to be one of linear, relu`)
  })

  it('reads weights in several files, as the converter for Keras writes them', async () => {
    const saved = await artifactsOf(small())
    const bytes = new Uint8Array(saved.weightData as ArrayBuffer)
    const paths = ['group1-shard1of2.bin', 'group1-shard2of2.bin']
    await writeFile(join(folder, paths[0]!), bytes.subarray(0, 13))
    await writeFile(join(folder, paths[1]!), bytes.subarray(13))
    const manifest = { modelTopology: saved.modelTopology, weightsManifest: [{ paths, weights: saved.weightSpecs }] }
    await writeFile(join(folder, 'model.json'), JSON.stringify(manifest))
    expect(await artifactsOf(await loadLayersModel(`file://${folder}`))).toEqual(saved)
  })
})

describe('a server', () => {
  let server: Server
  let address: string

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? '').replace(/\?.*/, '')
      readFile(join(folder, path)).then(
        (bytes) => {
          if (request.url?.endsWith('?cut')) {
            response.writeHead(200, { 'content-length': bytes.length })
            response.write(bytes.subarray(0, 10))
            setTimeout(() => response.destroy(), 20)
          } else response.end(bytes)
        },
        () => response.writeHead(404).end(),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  it('gives models by fetch', async () => {
    await small().save(`file://${folder}/m`)
    const model = await loadLayersModel(`${address}/m/model.json`)
    expect(await artifactsOf(model)).toEqual(await artifactsOf(small()))
  })

  it('may have none, or break off', async () => {
    await expect(loadLayersModel(`${address}/none/model.json`)).rejects.toMatchObject({
      name: 'InputOutputError',
      message: `${address}/none/model.json: expected status 200, received 404 Not Found`,
    })
    await small().save(`file://${folder}/m`)
    const cut = `${address}/m/model.json?cut`
    const error = await loadLayersModel(cut).catch((e: unknown) => e)
    expect(error).toMatchObject({ name: 'InputOutputError', who: cut, expected: 'an answer' })
  })

  it('gives TF.js what quadlane wrote', async () => {
    const { inputShape } = MODEL_CASES[0]!
    const model = sequential({ layers: [layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [7, 8, 3] })], seed: 1 })
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    await model.save(`file://${folder}/m`)
    const theirs = await tfl.loadLayersModel(tf.io.http(`${address}/m/model.json`, { fetchFunc: fetch }))
    expect(theirs.optimizer.getClassName()).toBe('SGD')
    const { mine, other } = predictions(model, theirs, inputShape)
    expectClose(mine, other, { relative: 1e-5, absolute: 1e-6 })
  })
})
