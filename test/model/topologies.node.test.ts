/**
 * Model files of real projects, from the folder that QUADLANE_TOPOLOGIES names: each loads, predicts as TF.js does with
 * the same weights, and, where it is compiled, trains a step with TF.js's loss.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init, type LayersModel, loadLayersModel, loadModel, shutdown, type Tensor } from '../../src/exports.ts'
import { io } from '../../src/index.ts'
import { modelBytes } from '../../src/model/save-file.ts'
import { tensor } from '../../src/ops/create.ts'
import { type Shape, sizeOf } from '../../src/shape.ts'
import { onnxRuntime, runOnnx } from '../helpers/onnxruntime.ts'
import { uniform } from '../helpers/random.ts'
import { artifactsOf as savedArtifacts } from '../helpers/tfjs-models.ts'

const folder = process.env.QUADLANE_TOPOLOGIES
const files = folder === undefined ? [] : readdirSync(folder).filter((name) => /^(?!index).*\.json$/.test(name))
if (folder === undefined) console.log('skipped: the models of real projects, since QUADLANE_TOPOLOGIES names no folder')

/**
 * Files with the channels first, which quadlane puts last. TF.js's batch normalization of axis 1 takes the statistics along
 * the last axis, in inference: there it is given images whose channels are last.
 */
const CHANNELS_FIRST: readonly string[] = ['ml5-library-model-geo.json']

type Entries = { class_name: string; config: Record<string, unknown> }[]

function withAxisLast(artifacts: Record<string, unknown>): Record<string, unknown> {
  const turned = structuredClone(artifacts) as { modelTopology: { model_config: { config: { layers: Entries } } } }
  const row = turned.modelTopology.model_config.config
  let isImage = false
  const permute = (name: string, dims: number[]): Entries[number] => ({ class_name: 'Permute', config: { name, dims } })
  row.layers = row.layers.flatMap((layer) => {
    isImage ||= layer.class_name === 'Reshape'
    if (!isImage || layer.class_name !== 'BatchNormalization') return [layer]
    const { name } = layer.config
    const last = { ...layer, config: { ...layer.config, axis: -1 } }
    return [permute(`${name}_last`, [2, 3, 1]), last, permute(`${name}_first`, [3, 1, 2])]
  })
  return turned
}

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

interface Spec {
  readonly name: string
  readonly shape: number[]
  readonly dtype: string
  readonly quantization?: unknown
}

/** Weights that keep signals about as large as they are, and variances above 0. */
function weightFor({ name, shape }: Spec, seed: number): Float32Array {
  if (/variance|gamma/.test(name)) return uniform(sizeOf(shape), seed, 0.5, 1.5)
  const fan = shape.length < 2 ? 16 : sizeOf(shape) / shape.at(-1)!
  const limit = Math.sqrt(3 / Math.max(1, name.endsWith('depthwise_kernel') ? shape[0]! * shape[1]! : fan))
  return uniform(sizeOf(shape), seed, -limit, limit)
}

/** A file as artifacts with weights of our own; nothing is dropped, so that both sides compute the same. */
function artifactsOf(file: string): Record<string, unknown> {
  const { modelTopology, weightsManifest, trainingConfig } = JSON.parse(readFileSync(join(folder!, file), 'utf8'))
  const withoutDropout = JSON.parse(JSON.stringify(modelTopology).replace(/"rate": ?[\d.]+/g, '"rate":0'))
  const specs: Spec[] = (weightsManifest ?? []).flatMap((group: { weights: Spec[] }) =>
    group.weights.map(({ name, shape, dtype }) => ({ name, shape, dtype: dtype ?? 'float32' })),
  )
  const parts = specs.map((spec, i) => weightFor(spec, i + 1))
  const weightData = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    weightData.set(part, at)
    at += part.length
  }
  const weights = specs.length === 0 ? {} : { weightSpecs: specs, weightData: weightData.buffer }
  return { modelTopology: withoutDropout, ...weights, trainingConfig }
}

/** Two samples for each input: class numbers where an embedding reads them. */
function inputsFor(theirs: tfl.LayersModel): { values: Float32Array; shape: Shape }[] {
  return theirs.inputs.map(({ shape, sourceLayer }, i) => {
    const sample = [2, ...shape.slice(1).map((size) => size ?? 24)]
    const embeds = theirs.layers.some(
      (layer) => layer.getClassName() === 'Embedding' && layer.input === sourceLayer.output,
    )
    const values = uniform(sizeOf(sample), 50 + i, 0, embeds ? 4 : 1)
    return { values: embeds ? values.map(Math.floor) : values, shape: sample }
  })
}

function oneOrMore<T>(list: readonly T[]): T {
  return (list.length === 1 ? list[0] : list) as T
}

function listOf<T>(given: T | T[]): T[] {
  return Array.isArray(given) ? given : [given]
}

const ort = onnxRuntime()

/** Each format and back: to the bit, but for ONNX. TF.js and ONNX Runtime predict the same from theirs. */
async function compareWritten(
  ours: LayersModel,
  inputs: readonly { readonly values: Float32Array; readonly shape: Shape }[],
  outputs: readonly Tensor[],
): Promise<void> {
  const artifacts = await savedArtifacts(ours)
  const fromArtifacts = (): Promise<LayersModel> => loadModel(io.fromMemory(structuredClone(artifacts) as never))
  const other = await fromArtifacts()
  other.setWeights(other.getWeights().map((weight) => weight.mul(0.5)))
  await other.loadWeights(await modelBytes(ours, '.safetensors'))
  const back = [
    await fromArtifacts(),
    await loadModel(await ours.toKeras()),
    await loadModel(await modelBytes(ours, '.h5')),
    other,
  ]
  const x = oneOrMore(inputs.map(({ values, shape }) => tensor(values, shape)))
  for (const again of back) {
    const same = listOf(again.predict<Tensor | Tensor[]>(x as Tensor))
    outputs.forEach((output, i) => expect(same[i]!.dataSync()).toEqual(output.dataSync()))
    again.dispose()
  }
  const theirs = await tfl.loadLayersModel({ load: async () => structuredClone(artifacts) as never })
  const theirX = oneOrMore(inputs.map(({ values, shape }) => tf.tensor(values, [...shape])))
  const predicted = listOf(theirs.predict(theirX) as tf.Tensor)
  outputs.forEach((output, i) => expectClose(output.dataSync(), predicted[i]!.dataSync()))
  theirs.dispose()
  const bytes = await ours.toONNX()
  const read = await loadModel(bytes)
  const close = listOf(read.predict<Tensor | Tensor[]>(x as Tensor))
  outputs.forEach((output, i) => expectClose(close[i]!.dataSync(), output.dataSync()))
  read.dispose()
  if (ort === undefined) return
  const results = await runOnnx(ort, bytes, inputs)
  outputs.forEach((output, i) => expectClose(results[i]!.values, output.dataSync()))
}

describe.skipIf(folder === undefined)('models of real projects', () => {
  it('are there', () => expect(files.length).toBeGreaterThan(20))

  it.each(files)(
    '%s',
    async (file) => {
      const artifacts = artifactsOf(file)
      const isFirst = CHANNELS_FIRST.includes(file)
      const given = isFirst ? withAxisLast(artifacts) : structuredClone(artifacts)
      const theirs = await tfl.loadLayersModel({ load: async () => given as never })
      const ours: LayersModel = await loadLayersModel(io.fromMemory(structuredClone(artifacts) as never), {
        strict: artifacts.weightSpecs !== undefined,
      })
      // A file without weights: those that TF.js has drawn.
      if (artifacts.weightSpecs === undefined) {
        ours.setWeights(theirs.getWeights().map((value) => tensor(value.dataSync(), value.shape)))
      }
      const inputs = inputsFor(theirs)
      const x = oneOrMore(inputs.map(({ values, shape }) => tensor(values, shape)))
      const theirX = oneOrMore(inputs.map(({ values, shape }) => tf.tensor(values, [...shape])))
      const predicted = listOf(theirs.predict(theirX) as tf.Tensor)
      const expected = isFirst ? predicted.map((y) => tf.transpose(y, [0, 2, 3, 1])) : predicted
      const outputs = listOf(ours.predict<Tensor | Tensor[]>(x as Tensor))
      expect(outputs.map(({ shape }) => [...shape])).toEqual(expected.map(({ shape }) => shape))
      outputs.forEach((output, i) => expectClose(output.dataSync(), expected[i]!.dataSync()))
      await compareWritten(ours, inputs, outputs)
      if (artifacts.trainingConfig !== undefined && theirs.optimizer !== undefined && ours.optimizer !== undefined) {
        const y = expected.map(({ shape }, i) => ({ values: targetsFor(theirs.loss, shape, 90 + i), shape }))
        const theirY = oneOrMore(y.map(({ values, shape }) => tf.tensor(values, shape)))
        const ourY = oneOrMore(y.map(({ values, shape }) => tensor(values, shape)))
        for (let step = 0; step < 2; step++) {
          const [theirLoss] = listOf((await theirs.trainOnBatch(theirX, theirY)) as number)
          const [ourLoss] = listOf((await ours.trainOnBatch(x as Tensor, ourY)) as number)
          expect(Math.abs(ourLoss! - theirLoss!)).toBeLessThan(1e-4 * Math.max(1, Math.abs(theirLoss!)))
        }
      }
      ours.dispose()
      theirs.dispose()
    },
    120_000,
  )
})

/** One-hot rows for losses of classes, values otherwise. */
function targetsFor(loss: unknown, shape: readonly number[], seed: number): Float32Array {
  const values = uniform(sizeOf(shape), seed, 0, 1)
  if (!String(loss).toLowerCase().includes('categorical')) return values
  return values.map((_, i) => (i % shape.at(-1)! === seed % shape.at(-1)! ? 1 : 0))
}

/** To 1e-5 of the largest value; where all are 0, to the bit. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  let largest = 0
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]!))
  let worst = 0
  for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!))
  expect(worst).toBeLessThanOrEqual(1e-5 * largest)
}
