import { describe, expect, it } from 'vitest'
import type { ModelArtifacts } from '../../src/formats/model-artifacts.ts'
import { joinBuffers, modelJson } from '../../src/formats/model-json.ts'
import { init } from '../../src/init.ts'
import { browserFiles, withSaveHandler } from '../../src/io/handlers.ts'
import { saveResult } from '../../src/io/io-handler.ts'
import { loadLayersModel } from '../../src/model/load-layers-model.ts'
import { lenet5 } from '../../src/zoo/lenet5.ts'

/** A file as the page gets it. */
class Picked extends Blob {
  readonly name: string
  constructor(name: string, ...parts: BlobPart[]) {
    super(parts)
    this.name = name
  }
}

async function artifactsOf(model: ReturnType<typeof lenet5>): Promise<ModelArtifacts> {
  let saved: ModelArtifacts | undefined
  await model.save(
    withSaveHandler(async (artifacts) => {
      saved = artifacts
      return saveResult(artifacts)
    }),
  )
  return saved!
}

describe('io.browserFiles', () => {
  it('loads a model from its files, in any order', async () => {
    await init()
    const model = lenet5({ seed: 1 })
    const artifacts = await artifactsOf(model)
    const json = new Picked('a.json', modelJson(artifacts, './deep/a.weights.bin'))
    const bytes = joinBuffers(artifacts.weightData)
    const other = new Picked('readme.txt', 'hello')
    const loaded = await loadLayersModel(browserFiles([other, new Picked('a.weights.bin', bytes), json]))
    expect(await loaded.snapshot()).toEqual(await model.snapshot())
  })

  const json = new Picked(
    'model.json',
    JSON.stringify({
      modelTopology: {},
      weightsManifest: [{ paths: ['w.bin'], weights: [{ name: 'a', shape: [2], dtype: 'float32' }] }],
    }),
  )
  const unreadable = { name: 'w.bin', size: 8, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }) }

  const REFUSED: [what: string, files: unknown, name: string, text: string][] = [
    [
      'nothing',
      undefined,
      'ArgumentError',
      'io.browserFiles: expected one file that ends in .json, and weights, received []',
    ],
    [
      'what are no files',
      [{}],
      'ArgumentError',
      'io.browserFiles: expected one file that ends in .json, and weights, received [undefined]',
    ],
    [
      'no JSON',
      [new Picked('w.bin')],
      'ArgumentError',
      "io.browserFiles: expected one file that ends in .json, and weights, received ['w.bin']",
    ],
    [
      'two of them',
      [json, json],
      'ArgumentError',
      "io.browserFiles: expected one file that ends in .json, and weights, received ['model.json', 'model.json']",
    ],
    [
      'a JSON without its weights',
      [json],
      'InputOutputError',
      "model.json: expected 'w.bin', received ['model.json'] — pick the JSON and the weights together",
    ],
    [
      'weights that are cut',
      [json, new Picked('w.bin', new Uint8Array(7))],
      'FormatError',
      "w.bin: expected 8 bytes, of them 8 at offset 0 for tensor 'a' [2], received 7",
    ],
    ['a file that went', [json, unreadable], 'InputOutputError', 'w.bin: expected a file to read, received gone'],
  ]

  it.each(REFUSED)('refuses %s', async (_, files, name, message) => {
    const load = async (): Promise<unknown> => browserFiles(files as never).load!()
    await expect(load()).rejects.toMatchObject({ name, message })
  })
})
