import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACTIVATION_NAMES } from '../../src/activations/table.ts'
import { FormatError } from '../../src/errors.ts'
import { layers, type Sequential, sequential } from '../../src/exports.ts'
import type { ModelArtifacts, WeightEntry } from '../../src/formats/model-artifacts.ts'
import { init } from '../../src/init.ts'
import { fromMemory } from '../../src/io/handlers.ts'
import { loadLayersModel } from '../../src/model/load-layers-model.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { makeTensor, memory } from '../../src/tensor.ts'
import { expectSameBits } from '../helpers/compare.ts'
import { artifactsOf } from '../helpers/tfjs-models.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

function build(): Sequential {
  const model = sequential({
    layers: [
      layers.conv2d({ filters: 2, kernelSize: 2, activation: 'relu', inputShape: [3, 3, 1] }),
      layers.flatten(),
      layers.dense({ units: 2, activation: 'softmax' }),
    ],
    seed: 1,
  })
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  return model
}

const ACTIVATIONS = ACTIVATION_NAMES.join(', ')

type Spoil = (artifacts: ModelArtifacts) => void

/** What is done to sound artifacts, and the text of the error. */
type Corruption = readonly [what: string, spoil: Spoil, text: string]

/** Puts a value where a path leads, e.g. 'weightSpecs.0.shape'. */
function put(path: string, value: unknown): Spoil {
  return (artifacts) => {
    const [object, key] = follow(artifacts, path)
    object[key] = value
  }
}

/** Takes away what is at a path. */
function drop(path: string): Spoil {
  return (artifacts) => {
    const [object, key] = follow(artifacts, path)
    delete object[key]
  }
}

function follow(artifacts: object, path: string): [object: Record<string, unknown>, key: string] {
  const keys = path.split('.')
  const last = keys.pop()!
  const object = keys.reduce((at, key) => at[key] as Record<string, unknown>, artifacts as Record<string, unknown>)
  return [object, last]
}

/** Cuts the weight bytes. */
function cut(bytes: number): Spoil {
  return (artifacts) => {
    artifacts.weightData = (artifacts.weightData as ArrayBuffer).slice(0, bytes)
  }
}

/** Appends a tensor and its bytes. */
function append(artifacts: ModelArtifacts, entry: WeightEntry, bytes: number): void {
  artifacts.weightSpecs.push(entry)
  const data = new Uint8Array(artifacts.weightData as ArrayBuffer)
  artifacts.weightData = Uint8Array.from({ length: data.length + bytes }, (_, i) => data[i] ?? 0).buffer
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

const TOPOLOGY: Corruption[] = [
  [
    'a topology that is none',
    put('modelTopology', 'Sequential'),
    "model.json: expected modelTopology to be an object, received 'Sequential'",
  ],
  [
    'a graph without its inputs',
    put('modelTopology.class_name', 'Functional'),
    'model.json: expected input_layers to be an array, received undefined',
  ],
  [
    'a model of a class of its own',
    put('modelTopology.class_name', 'MyModel'),
    "model.json: expected a model of layers (Sequential or Functional), received the class 'MyModel' — the layers of a subclassed model are in its Python code: save it as a functional model",
  ],
  ['no layers', put('modelTopology.config.layers', []), 'model.json: expected a model with layers, received none'],
  [
    'ten thousand layers',
    put(
      'modelTopology.config.layers',
      Array.from({ length: 10_000 }, () => ({})),
    ),
    'model.json: expected at most 4096 layers, received 10000',
  ],
  [
    'layers that are no list',
    put('modelTopology.config.layers', { 0: 1 }),
    'model.json: expected the layers to be an array, received {0}',
  ],
  [
    'a layer that is no object',
    put('modelTopology.config.layers.1', null),
    'model.json: expected layers[1] to be an object, received null',
  ],
  [
    'a layer without a config',
    drop('modelTopology.config.layers.1.config'),
    'model.json: expected layers[1].config to be an object, received undefined',
  ],
  [
    'a layer type that does not exist',
    put('modelTopology.config.layers.1.class_name', 'LSTM'),
    `model.json, layer 'flatten': expected a layer that quadlane has, received 'LSTM' — a layer of your own is found once serialization.registerClass knows it`,
  ],
  [
    'a layer type that every object has',
    put('modelTopology.config.layers.1.class_name', 'constructor'),
    `model.json, layer 'flatten': expected a layer that quadlane has, received 'constructor' — a layer of your own is found once serialization.registerClass knows it`,
  ],
  [
    'an activation that does not exist',
    put('modelTopology.config.layers.0.config.activation', 'rleu'),
    `model.json, layer 'conv2d': expected activation to be one of ${ACTIVATIONS}, received 'rleu' — did you mean 'relu'?`,
  ],
  [
    'an option that does not exist',
    put('modelTopology.config.layers.2.config.sharpness', 3),
    "model.json, layer 'dense': expected only the options units, kernelInitializer, kernelRegularizer, kernelConstraint, inputDim, activation, useBias, biasInitializer, biasRegularizer, biasConstraint, name, trainable, inputShape, batchInputShape, batchSize, dtype, inputDType, weights, received 'sharpness'",
  ],
  [
    'an initializer that is none',
    put('modelTopology.config.layers.2.config.kernel_initializer', 7),
    "model.json, layer 'dense', kernel_initializer: expected the initializer to be an object, received 7",
  ],
  [
    'sizes that are no sizes',
    put('modelTopology.config.layers.2.config.units', '2'),
    "model.json, layer 'dense': expected units to be an integer of at least 1, received '2'",
  ],
  [
    'an input without a shape',
    put('modelTopology.config.layers.0.config.batch_input_shape', 'all'),
    "model.json, layer 'conv2d': expected batch_input_shape to be a shape with the batch first, received 'all'",
  ],
  [
    'images of any size, flattened',
    put('modelTopology.config.layers.0.config.batch_input_shape', [null, null, null, 1]),
    "model.json, layer 'dense': expected a known size of axis 1, received [*, *], by way of conv2d_input -> conv2d -> flatten — give it in the inputShape",
  ],
  [
    'a first layer without a shape',
    drop('modelTopology.config.layers.0.config.batch_input_shape'),
    "model.json, layer 'conv2d': expected a first layer with an inputShape, received 'conv2d' without one — give it inputShape: [28, 28, 1]",
  ],
  [
    'layers that do not fit',
    put('modelTopology.config.layers.0.config.kernel_size', [4, 4]),
    "model.json, layer 'conv2d': expected a kernel within the padded input 3x3, received 4x4 with padding 'valid' — use a smaller kernel or padding 'same'",
  ],
  [
    'two layers of one name',
    put('modelTopology.config.layers.2.config.name', 'conv2d'),
    "model.json, layer 'conv2d': expected a name for each layer, received 'conv2d' twice",
  ],
  [
    'a name that is none',
    put('modelTopology.config.layers.1.config.name', 5),
    'model.json, layer 5: expected name to be a string with characters, received 5',
  ],
  [
    'a key that would change the object',
    put('modelTopology.config.layers.1.config', JSON.parse('{"name": "flatten", "__proto__": {"polluted": true}}')),
    "model.json: expected no key '__proto__', received one in config.layers[1].config",
  ],
  [
    'JSON that is too deep',
    put('modelTopology.config.layers.1.config.deep', nested(100)),
    'model.json: expected JSON of at most 64 levels, received more at config.layers[1].config.deep[0][0][0][0][0][0][0][0][0][0][0…',
  ],
]

const WEIGHTS: Corruption[] = [
  [
    'too few bytes',
    cut(100),
    "model.json, weights: expected 112 bytes, of them 64 at offset 40 for tensor 'dense/kernel' [8, 2], received 100",
  ],
  [
    'far too few bytes',
    cut(33),
    "model.json, weights: expected 112 bytes, of them 8 at offset 32 for tensor 'conv2d/bias' [2], received 33",
  ],
  [
    'no bytes',
    drop('weightData'),
    "model.json, weights: expected 112 bytes, of them 32 at offset 0 for tensor 'conv2d/kernel' [2, 2, 1, 2], received 0",
  ],
  [
    'too many bytes',
    put('weightData', new ArrayBuffer(116)),
    'model.json, weights: expected 112 bytes for 4 tensors, received 116',
  ],
  [
    'bytes that are none',
    put('weightData', 'AAAA'),
    "model.json: expected weightData to be an ArrayBuffer or several, received 'AAAA'",
  ],
  [
    'a shape of another size',
    put('weightSpecs.2.shape', [8, 3]),
    "model.json, weights: expected 144 bytes, of them 96 at offset 40 for tensor 'dense/kernel' [8, 3], received 112",
  ],
  [
    'a shape of the same size',
    put('weightSpecs.2.shape', [2, 8]),
    "model.json, tensor 'dense/kernel' at offset 40: expected float32 [8, 2], received float32 [2, 8]",
  ],
  [
    'another dtype of the same size',
    put('weightSpecs.3.dtype', 'int32'),
    "model.json, tensor 'dense/bias' at offset 104: expected float32 [2], received int32 [2]",
  ],
  [
    'an unknown dtype',
    put('weightSpecs.3.dtype', 'float64'),
    "model.json, tensor 'dense/bias': expected dtype to be float32, float16, int32, bool, received 'float64'",
  ],
  [
    'a dtype that every object has',
    put('weightSpecs.3.dtype', 'valueOf'),
    "model.json, tensor 'dense/bias': expected dtype to be float32, float16, int32, bool, received 'valueOf'",
  ],
  [
    'weights quantised in a way that there is not',
    put('weightSpecs.2.quantization', { dtype: 'int4', min: 0, scale: 1 }),
    "model.json, tensor 'dense/kernel': expected quantization to be float16, or uint8 or uint16 with scale and min, received ['int4', 0, 1]",
  ],
  [
    'integers without a scale',
    put('weightSpecs.2.quantization', { dtype: 'uint8', min: 0 }),
    "model.json, tensor 'dense/kernel': expected quantization to be float16, or uint8 or uint16 with scale and min, received ['uint8', 0]",
  ],
  [
    'a negative size',
    put('weightSpecs.1.shape', [-2]),
    "model.json, tensor 'conv2d/bias': expected shape to be at most 8 integers of at least 0, received [-2]",
  ],
  [
    'a fraction of a size',
    put('weightSpecs.1.shape', [2.5]),
    "model.json, tensor 'conv2d/bias': expected shape to be at most 8 integers of at least 0, received [2.5]",
  ],
  [
    'a shape that is none',
    put('weightSpecs.1.shape', 2),
    "model.json, tensor 'conv2d/bias': expected shape to be at most 8 integers of at least 0, received 2",
  ],
  [
    'a shape of a thousand axes',
    put(
      'weightSpecs.1.shape',
      Array.from({ length: 1000 }, () => 1),
    ),
    "model.json, tensor 'conv2d/bias': expected shape to be at most 8 integers of at least 0, received [1, 1, 1, 1, 1, 1, 1, 1, …]",
  ],
  [
    'a shape beyond all memory',
    put('weightSpecs.2.shape', [2 ** 30, 2 ** 30]),
    "model.json, tensor 'dense/kernel': expected at most 4294967296 bytes, received shape [1073741824, 1073741824]",
  ],
  [
    'a layer beyond all memory',
    put('modelTopology.config.layers.2.config.units', 2 ** 50),
    "model.json, layer 'dense': expected at most 1073741760 elements, received [8, 1125899906842624], by way of conv2d_input -> conv2d -> flatten",
  ],
  [
    'a weight that is missing',
    (a) => {
      a.weightSpecs.pop()
      cut(104)(a)
    },
    'model.json: expected tensors for 4 weights, received 3, without dense/bias',
  ],
  [
    'a weight of no layer',
    (a) => append(a, { name: 'other/kernel', shape: [1], dtype: 'float32' }, 4),
    "model.json, tensor 'other/kernel' at offset 112: expected weights of this model (conv2d/kernel, conv2d/bias, dense/kernel, dense/bias), received one that no layer has — load with { strict: false } to skip it",
  ],
  [
    'a weight that comes twice',
    (a) => append(a, { name: 'dense/bias', shape: [2], dtype: 'float32' }, 8),
    "model.json, tensor 'dense/bias' at offset 112: expected each weight once, received 'dense/bias' again",
  ],
  [
    'a weight without a name',
    put('weightSpecs.0.name', ''),
    "model.json: expected weightSpecs[0].name to be a string with characters, received ''",
  ],
  [
    'weights that are no list',
    put('weightSpecs', 'all'),
    "model.json: expected weightSpecs to be an array, received 'all'",
  ],
]

const TRAINING: Corruption[] = [
  [
    'the state of another optimizer',
    (a) => {
      append(a, { name: 'iter', shape: [], dtype: 'int32', group: 'optimizer' }, 4)
      append(a, { name: 'conv2d/kernel/m', shape: [2, 2, 1, 2], dtype: 'float32', group: 'optimizer' }, 32)
    },
    'model.json, state of Adam: expected 8 tensors (m, v), received 1',
  ],
  [
    'a state without the number of steps',
    (a) => append(a, { name: 'conv2d/kernel/m', shape: [2, 2, 1, 2], dtype: 'float32', group: 'optimizer' }, 32),
    "model.json, state of Adam: expected the number of steps, 'iter', first, received 'conv2d/kernel/m'",
  ],
]

describe('a broken model', () => {
  let sound: ModelArtifacts
  let bystander: Sequential

  beforeAll(async () => {
    sound = await artifactsOf(build())
    bystander = build()
  })

  it('is one that was sound before', async () => {
    const model = await loadLayersModel(fromMemory(structuredClone(sound)))
    expect(model.countParams()).toBe(28)
    model.dispose()
  })

  it.each([...TOPOLOGY, ...WEIGHTS, ...TRAINING])('is refused: %s', async (_, spoil, text) => {
    const x = makeTensor(
      'test',
      Float32Array.from({ length: 9 }, (__, i) => i / 9),
      [1, 3, 3, 1],
    )
    const before = bystander.predict(x).dataSync()
    const memoryBefore = memory()
    const artifacts = structuredClone(sound)
    spoil(artifacts)
    const error = await loadLayersModel(fromMemory(artifacts)).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(FormatError)
    expect((error as Error).message).toBe(text)
    expect(memory()).toEqual(memoryBefore)
    expectSameBits(bystander.predict(x).dataSync(), before)
  })

  it('pollutes no prototype', () => {
    expect('polluted' in {}).toBe(false)
  })
})

describe('loadLayersModel', () => {
  const ARGUMENTS: [what: string, call: () => Promise<unknown>, text: string, name?: string][] = [
    [
      'a source that is none',
      () => loadLayersModel(7 as never),
      'loadLayersModel: expected a URL or a handler that can be read from, received 7',
    ],
    [
      'a handler that cannot load',
      () => loadLayersModel({ save: async () => ({}) as never }),
      'loadLayersModel: expected a URL or a handler that can be read from, received {save}',
    ],
    [
      'a misspelt option',
      () => loadLayersModel('file://x', { stict: false } as never),
      "loadLayersModel: expected only the options strict, seed, requestInit, fetchFunc, onProgress, weightPathPrefix, weightUrlConverter, received 'stict' — did you mean 'strict'?",
    ],
    [
      'a strict that is no boolean',
      () => loadLayersModel('file://x', { strict: 1 as never }),
      'loadLayersModel: expected strict to be true or false, received 1',
    ],
    [
      'a seed that is none',
      () => loadLayersModel('file://x', { seed: 0.5 }),
      'loadLayersModel: expected seed to be an integer of at least 0, received 0.5',
    ],
    [
      'a handler that gives nothing',
      () => loadLayersModel({ load: async () => undefined as never }),
      'model.json: expected the artifacts to be an object, received undefined',
      'FormatError',
    ],
  ]

  it.each(ARGUMENTS)('refuses %s', async (_, call, text, name = 'ArgumentError') => {
    await expect(call()).rejects.toMatchObject({ name, message: text })
  })
})

describe('save', () => {
  it.each([
    [
      'a misspelt option',
      { include: true },
      "save: expected only the options includeOptimizer, checkpoint, trainableOnly, metadata, quantize, received 'include'",
    ],
  ])('refuses %s', async (_, args, text) => {
    const handler = { save: async () => ({}) as never }
    await expect(build().save(handler, args as never)).rejects.toMatchObject({ name: 'ArgumentError', message: text })
  })

  it('refuses a handler that cannot save', async () => {
    const text = 'save: expected a URL or a handler that can be written to, received {load}'
    await expect(build().save({ load: async () => ({}) as never })).rejects.toMatchObject({
      name: 'ArgumentError',
      message: text,
    })
  })
})
