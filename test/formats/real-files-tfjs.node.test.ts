/**
 * Files of Keras and TF.js that people published: quadlane predicts what TF.js's layers predict with the same configuration
 * and weights. Those of Keras are read by h5py, so that none of our code is on the other side.
 */

import '@tensorflow/tfjs-backend-cpu'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type LayersModel, loadModel, type Tensor, tensor, zoo } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { hasPython, python } from '../helpers/python.ts'
import { uniform } from '../helpers/random.ts'

const FOLDER = process.env.QUADLANE_MODEL_FILES
const DUMP = new URL('python/dump_keras.py', import.meta.url).pathname

interface Entry {
  readonly file: string
  readonly expect: string
}

function modelsOf(kind: string): string[] {
  if (FOLDER === undefined) return []
  const entries = JSON.parse(readFileSync(join(FOLDER, kind, 'index.json'), 'utf8')) as Entry[]
  return entries.filter((entry) => entry.expect === 'model').map(({ file }) => `${kind}/${file}`)
}

type Json = Record<string, unknown>
interface Saved {
  readonly layer: readonly string[]
  readonly index: number
  readonly shape: number[]
  readonly values: Float32Array
}

/** Layers that TF.js lacks, and that do nothing to images of the size that a model is for. */
const RANDOM = /^(Resizing|Random(Flip|Rotation|Zoom|Height|Width|Translation|Contrast))$/

const OLD_OPTIONS: Readonly<Record<string, string>> = {
  output_dim: 'units',
  init: 'kernel_initializer',
  bias: 'use_bias',
}

/** A configuration of Keras 1 or 3 as TF.js reads it. */
function forTfjs(entry: Json, first: boolean): Json {
  const { class_name, config: given, name, inbound_nodes } = entry as { class_name: string; config: Json } & Json
  const config: Json = {}
  for (const [key, value] of Object.entries(Array.isArray(given) ? { layers: given } : given)) {
    if (/^(dtype|sparse|ragged|optional|registered_name|module|lora_rank|input_dtype|fill_mode|groups)$/.test(key))
      continue
    if (/_(regularizer|constraint)$/.test(key)) continue
    if (key === 'batch_shape') config.batch_input_shape = value
    else if (key === 'input_dim' && class_name === 'Dense') config.batch_input_shape = [null, value]
    else if (/_initializer$/.test(key) || key === 'init') config.kernel_initializer = 'zeros'
    else if (key === 'activation') {
      const text = (typeof value === 'string' ? value : (value as Json).config) as string
      config.activation = text.replace(/_v2$/, '')
    } else if (key === 'negative_slope' && class_name === 'LeakyReLU') config.alpha = value
    else config[OLD_OPTIONS[key] ?? key] = value
  }
  if (
    /^(MaxPooling|Dropout|Flatten|BatchNorm|Activation|Add|Reshape|Rescaling|ReLU|Leaky|ELU|UpSampling|ZeroPadding|Global|Concatenate|Random|Resizing|Depthwise|Separable|InputLayer|AveragePooling)/.test(
      class_name,
    )
  )
    delete config.kernel_initializer
  const known = { ...entry, class_name, config }
  if (Array.isArray(config.layers)) {
    const inner = config.layers as Json[]
    config.layers = inner.map((layer, i) => {
      // TF.js flattens no rows.
      const isFlat = layer.class_name === 'Flatten' && /^Global/.test(String(inner[i - 1]?.class_name))
      const kept = isFlat ? { ...layer, class_name: 'Activation', config: { activation: 'linear' } } : layer
      return forTfjs(kept, i === 0 && class_name === 'Sequential')
    })
  }
  for (const key of ['input_layers', 'output_layers']) {
    const places = config[key] as unknown[] | undefined
    if (places !== undefined && typeof places[0] === 'string') config[key] = [places]
  }
  if (RANDOM.test(class_name)) {
    const kept = first && config.batch_input_shape !== undefined ? { batch_input_shape: config.batch_input_shape } : {}
    return { ...known, class_name: 'Activation', config: { ...kept, name: config.name, activation: 'linear' } }
  }
  if (inbound_nodes === undefined) return known
  const nodes = (inbound_nodes as unknown[]).map((node) => (Array.isArray(node) ? node : tensorsIn(node)))
  return { ...known, name: name ?? config.name, inbound_nodes: nodes }
}

/** [layer, node, tensor, {}] of each tensor in the arguments of a call. */
function tensorsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  const { class_name, config } = value as { class_name?: string; config?: Json }
  if (class_name === '__keras_tensor__') return [[...(config!.keras_history as unknown[]), {}]]
  return Object.values(value).flatMap(tensorsIn)
}

/** Keras reads bytes and h5py, TF.js makes the model: weights by layer, in Keras's order. */
async function kerasInTfjs(path: string): Promise<tfl.LayersModel> {
  const out = mkdtempSync(join(tmpdir(), 'quadlane-keras-'))
  try {
    python(DUMP, [path, out])
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Json
    const bytes = readFileSync(join(out, 'weights.bin'))
    const floats = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    let at = 0
    const list = (JSON.parse(readFileSync(join(out, 'weights.json'), 'utf8')) as Omit<Saved, 'values'>[]).map(
      (from) => {
        const size = from.shape.reduce((product, length) => product * length, 1)
        at += size
        return { ...from, values: floats.subarray(at - size, at) }
      },
    )
    const model = await tfl.models.modelFromJSON(forTfjs(config, false) as never)
    setByLayer(model, list)
    return model
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

function setByLayer(model: tfl.LayersModel, saved: readonly Saved[]): void {
  const byLayer = new Map<string, Saved[]>()
  for (const from of saved) byLayer.set(from.layer[0]!, [...(byLayer.get(from.layer[0]!) ?? []), from])
  let used = 0
  for (const layer of model.layers) {
    const own = byLayer.get(layer.name) ?? []
    if (own.length === 0) continue
    if ('layers' in layer && own[0]!.layer.length > 1) {
      setByLayer(
        layer as tfl.LayersModel,
        own.map((from) => ({ ...from, layer: from.layer.slice(1) })),
      )
    } else layer.setWeights(own.map(({ values, shape }) => tf.tensor(values, shape)))
    used += own.length
  }
  expect(used).toBe(saved.length)
  expect(model.layers.filter((layer) => layer.weights.length > 0).length).toBe(byLayer.size)
}

/** A layers-model as TF.js itself reads it. */
async function layersModelInTfjs(path: string): Promise<tfl.LayersModel> {
  const json = JSON.parse(readFileSync(path, 'utf8')) as {
    modelTopology: Json & { model_config?: Json }
    weightsManifest: { paths: string[]; weights: { name: string }[] }[]
  }
  const topology = json.modelTopology.model_config ?? json.modelTopology
  const parts = json.weightsManifest.flatMap(({ paths }) => paths.map((name) => readFileSync(join(path, '..', name))))
  const isNew = /"batch_shape"/.test(JSON.stringify(topology))
  const weightSpecs = json.weightsManifest.flatMap(({ weights }) => weights)
  const artifacts = {
    modelTopology: isNew ? forTfjs(topology, false) : topology,
    weightSpecs: isNew
      ? weightSpecs.map((spec) => ({ ...spec, name: spec.name.replace(/^sequential\//, '') }))
      : weightSpecs,
    weightData: new Uint8Array(Buffer.concat(parts)).buffer,
  }
  return tfl.loadLayersModel({ load: async () => artifacts as never })
}

/** Sizes for what is open, and a few samples. */
function inputsOf({ inputs }: LayersModel): { shape: number[]; values: Float32Array }[] {
  return inputs.map(({ shape }, i) => {
    const area = shape.slice(1).reduce<number>((product, size) => product * (size ?? 24), 1)
    const sizes = [shape[0] ?? (area > 60_000 ? 1 : 3), ...shape.slice(1).map((size) => size ?? 24)]
    return {
      shape: sizes,
      values: uniform(
        sizes.reduce((product, size) => product * size, 1),
        11 + i,
        -0.5,
        1,
      ),
    }
  })
}

function listOf<T>(given: T | readonly T[]): readonly T[] {
  return Array.isArray(given) ? given : [given as T]
}

function oneOrMore<T>(list: readonly T[]): T {
  return (list.length === 1 ? list[0] : list) as T
}

async function compare(path: string, theirs: tfl.LayersModel): Promise<void> {
  const ours = await loadModel(path)
  const inputs = inputsOf(ours)
  const batchSize = inputs[0]!.shape[0]!
  const expected = listOf(
    theirs.predict(oneOrMore(inputs.map(({ values, shape }) => tf.tensor(values, shape))), { batchSize }) as tf.Tensor,
  )
  const outputs = listOf(
    ours.predict<Tensor | Tensor[]>(oneOrMore(inputs.map(({ values, shape }) => tensor(values, shape))), { batchSize }),
  ) as readonly Tensor[]
  expect(outputs.map(({ shape }) => [...shape])).toEqual(expected.map(({ shape }) => shape))
  outputs.forEach((output, i) => {
    const wanted = expected[i]!.dataSync() as Float32Array
    const largest = wanted.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
    const values = output.dataSync() as Float32Array
    const worst = values.reduce((max, value, j) => Math.max(max, Math.abs(value - wanted[j]!)), 0)
    expect(worst).toBeLessThanOrEqual(1e-5 * largest)
  })
  ours.dispose()
  theirs.dispose()
}

const WRITTEN: Readonly<Record<string, () => LayersModel>> = {
  'zoo.lenet': () => zoo.lenet({ seed: 1 }),
  'zoo.mlp': () => zoo.mlp({ seed: 1 }),
  'zoo.cifarNet': () => zoo.cifarNet({ inputShape: [16, 16, 3], seed: 1 }),
  'zoo.lenet5': () => zoo.lenet5({ seed: 1 }),
  'zoo.resNet': () => zoo.resNet({ depth: 8, inputShape: [8, 8, 3], seed: 1 }),
  'zoo.mobileNet': () => zoo.mobileNet({ alpha: 0.25, inputShape: [32, 32, 3], classes: 5, seed: 1 }),
}

describe.skipIf(!hasPython('h5py', 'numpy'))('what quadlane writes for Keras', () => {
  beforeAll(() => init({ simd: 'baseline' }))
  afterAll(shutdown)

  it.each(Object.keys(WRITTEN))('%s is read by h5py, by the names that Keras has, and by TF.js', async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'quadlane-written-'))
    try {
      for (const file of ['model.keras', 'model.h5']) {
        const path = join(folder, file)
        await WRITTEN[name]!().save(`file://${path}`)
        await compare(path, await kerasInTfjs(path))
      }
      await WRITTEN[name]!().save(`file://${folder}/layers-model`)
      await compare(join(folder, 'layers-model'), await layersModelInTfjs(join(folder, 'layers-model', 'model.json')))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

const isReady = FOLDER !== undefined && hasPython('h5py', 'numpy')

describe.skipIf(!isReady)('published files in TF.js (QUADLANE_MODEL_FILES)', () => {
  beforeAll(async () => {
    await init({ simd: 'baseline' })
    vi.spyOn(console, 'warn').mockImplementation(() => {})
  })
  afterAll(shutdown)

  it.each([...modelsOf('keras'), ...modelsOf('h5')])(
    '%s',
    async (file) => {
      const path = join(FOLDER!, file)
      await compare(path, await kerasInTfjs(path))
    },
    240_000,
  )

  /** The first variable's first slot, and the last one's last. */
  const SLOTS = `
import io, sys, zipfile, h5py, numpy
try:
    root = h5py.File(io.BytesIO(zipfile.ZipFile(sys.argv[1]).read("model.weights.h5")), "r")["optimizer/vars"]
except zipfile.BadZipFile:
    root = h5py.File(sys.argv[1], "r")["optimizer_weights"]
for name in sys.argv[2:]:
    print(" ".join(str(x) for x in numpy.asarray(root[name]).ravel()))
`

  it.each<[file: string, className: string, iterations: number, slots: [string, string]]>([
    ['keras/mlp-k2.16.keras', 'Adam', 900, ['1', '12']],
    ['keras/denoise-autoencoder-k3.0.0.keras', 'Adam', 800, ['2', '21']],
    ['keras/mnist-augmented-k3.3.3.keras', 'Adam', 26595, ['2', '33']],
    ['keras/traffic-lenet-functional-k3.11dev.keras', 'Adam', 136, ['2', '21']],
    ['h5/document-denoiser-k2.13.1.h5', 'RMSProp', 30, ['RMSprop/Conv_Layer_1/kernel/rms:0', '']],
    ['h5/mnist-small-k2.4.0.h5', 'Adam', 9375, ['Adam/conv2d/kernel/m:0', 'Adam/dense/bias/v:0']],
    ['h5/mnist-k3.1.1.h5', 'Adam', 6330, ['sequential_conv2d_kernel_momentum', 'sequential_dense_bias_velocity']],
    ['h5/shapes-augmented-k2.15.h5', 'Adam', 689, ['Adam/m/conv2d/kernel:0', 'Adam/v/dense_1/bias:0']],
  ])("%s has the optimizer's state that h5py reads", async (file, className, iterations, slots) => {
    const path = join(FOLDER!, file)
    const { optimizer } = await loadModel(path)
    expect(optimizer!.className).toBe(className)
    expect(optimizer!.iterations).toBe(iterations)
    const { variables } = optimizer!
    const own = [optimizer!.slots(variables[0]!)[0]!, optimizer!.slots(variables.at(-1)!).at(-1)!]
    const names = slots.filter((name) => name !== '')
    const lines = python(SLOTS, [path, ...names])
      .trim()
      .split('\n')
    expect(lines.length).toBe(names.length)
    lines.forEach((line, i) => {
      expect([...own[i]!.dataSync()]).toEqual(line.split(' ').map((text) => Math.fround(Number(text))))
    })
  })

  it.each(modelsOf('layers-model'))(
    '%s',
    async (file) => {
      const path = join(FOLDER!, file)
      await compare(path, await layersModelInTfjs(path))
    },
    240_000,
  )
})
