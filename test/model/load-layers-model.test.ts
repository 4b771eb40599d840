import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layers, type Sequential, sequential, train, zoo } from '../../src/exports.ts'
import type { ModelArtifacts } from '../../src/formats/model-artifacts.ts'
import { init } from '../../src/init.ts'
import { fromMemory } from '../../src/io/handlers.ts'
import { layerToFile } from '../../src/layers/config.ts'
import { layerFromFile } from '../../src/layers/from-file.ts'
import type { Layer } from '../../src/layers/layer.ts'
import { LAYER_TYPES } from '../../src/layers/table.ts'
import { loadLayersModel } from '../../src/model/load-layers-model.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { sizeOf } from '../../src/shape.ts'
import { makeTensor } from '../../src/tensor.ts'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { CONTRACTS } from '../helpers/layer-contracts.ts'
import { uniform } from '../helpers/random.ts'
import { artifactsOf, loadInTfjs, MODEL_CASES, ourModel, predictions, tfjsModel } from '../helpers/tfjs-models.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const CLOSE = { relative: 1e-5, absolute: 1e-6 }

function topology(artifacts: ModelArtifacts): Record<string, unknown> {
  const { keras_version: _, backend: __, ...rest } = artifacts.modelTopology as Record<string, unknown>
  return rest
}

/** The bytes of each tensor, as numbers: [shape, bytes]. */
function bytesByName({ weightSpecs, weightData }: ModelArtifacts): Record<string, unknown> {
  let at = 0
  const bytes = new Uint8Array(weightData as ArrayBuffer)
  const named = weightSpecs.map(({ name, shape }) => {
    const from = at
    at += 4 * sizeOf(shape)
    return [name, [shape, Array.from(bytes.subarray(from, at))]] as const
  })
  expect(at).toBe(bytes.length)
  return Object.fromEntries(named)
}

describe('what quadlane saves', () => {
  it.each(MODEL_CASES)('is loaded by TF.js, which predicts the same: $what', async (modelCase) => {
    const model = ourModel(modelCase)
    const theirs = await loadInTfjs(await artifactsOf(model))
    const { mine, other } = predictions(model, theirs, modelCase.inputShape)
    expectClose(mine, other, CLOSE)
    theirs.dispose()
    model.dispose()
  })

  it.each(MODEL_CASES)('is named as TF.js itself names it: $what', async (modelCase) => {
    const model = ourModel(modelCase)
    const saved = await artifactsOf(model)
    const theirs = await loadInTfjs(saved)
    const again = await artifactsOf(theirs)
    const [mine, other] = [topology(saved), topology(again)]
    expect(JSON.parse(JSON.stringify(mine))).toEqual(JSON.parse(JSON.stringify(other)))
    // TF.js puts frozen weights last.
    expect(bytesByName(saved)).toEqual(bytesByName(again))
    theirs.dispose()
    model.dispose()
  })

  it.each(['lenet', 'lenet5', 'mlp'] as const)('is loaded by TF.js: zoo.%s', async (name) => {
    const model = zoo[name]({ seed: 3 })
    const theirs = await loadInTfjs(await artifactsOf(model))
    const { mine, other } = predictions(model, theirs, [28, 28, 1])
    expectClose(mine, other, CLOSE)
    theirs.dispose()
    model.dispose()
  })

  it('says what it is', async () => {
    const model = sequential({ name: 'tiny', layers: [layers.dense({ units: 2, inputShape: [3] })] })
    const { weightData, modelTopology, ...rest } = await artifactsOf(model)
    expect(rest).toEqual({
      format: 'layers-model',
      generatedBy: 'quadlane v0.1.0',
      convertedBy: null,
      weightSpecs: [
        { name: 'dense/kernel', shape: [3, 2], dtype: 'float32' },
        { name: 'dense/bias', shape: [2], dtype: 'float32' },
      ],
    })
    expect(modelTopology).toMatchObject({
      class_name: 'Sequential',
      keras_version: 'quadlane 0.1.0',
      backend: 'quadlane',
    })
    expect(JSON.parse(model.toJSON() as string)).toEqual(modelTopology)
    expect(model.toJSON(null, false)).toEqual(modelTopology)
    // Little endian, tensor after tensor, whatever the machine.
    const view = new DataView(weightData as ArrayBuffer)
    const [kernel, bias] = model.getWeights().map((weight) => weight.dataSync())
    const values = Array.from({ length: 8 }, (_, i) => view.getFloat32(4 * i, true))
    expect(values).toEqual([...kernel!, ...bias!])
    model.dispose()
  })
})

describe('what quadlane loads', () => {
  it.each(MODEL_CASES)('predicts as TF.js, which saved it: $what', async (modelCase) => {
    const theirs = tfjsModel(modelCase)
    const model = await loadLayersModel(fromMemory(await artifactsOf(theirs)))
    const { mine, other } = predictions(model, theirs, modelCase.inputShape)
    expectClose(mine, other, CLOSE)
    theirs.dispose()
    model.dispose()
  })

  it.each(MODEL_CASES)('is what quadlane saved, bit for bit: $what', async (modelCase) => {
    const model = ourModel(modelCase)
    const saved = await artifactsOf(model)
    const again = await loadLayersModel(fromMemory(structuredClone(saved)))
    expect(await artifactsOf(again)).toEqual(saved)
    expect(again.layers.map((layer) => layer.trainable)).toEqual(model.layers.map((layer) => layer.trainable))
    model.dispose()
    again.dispose()
  })

  it('takes weights in several buffers', async () => {
    const model = ourModel(MODEL_CASES[0]!)
    const saved = await artifactsOf(model)
    const data = saved.weightData as ArrayBuffer
    const parts = [data.slice(0, 7), data.slice(7, 7), data.slice(7)]
    const again = await loadLayersModel(fromMemory({ ...saved, weightData: parts }))
    expectSameBits(again.getWeights()[0]!.dataSync(), model.getWeights()[0]!.dataSync())
    model.dispose()
    again.dispose()
  })

  it('starts the runtime by itself', async () => {
    const saved = await artifactsOf(ourModel(MODEL_CASES[0]!))
    shutdown()
    const model = await loadLayersModel(fromMemory(saved))
    expect(model.getWeights()[0]!.shape).toEqual([3, 2, 3, 5])
    shutdown()
    await init({ simd: 'baseline' })
  })

  it('loads without some weights, or past others, where it is told not to be strict', async () => {
    const model = ourModel(MODEL_CASES[0]!)
    const saved = await artifactsOf(model)
    const more = { name: 'other/kernel', shape: [1], dtype: 'float32' }
    const bytes = new Uint8Array(saved.weightData as ArrayBuffer)
    const weightData = Uint8Array.of(...bytes, 0, 0, 0, 0).buffer
    const extra = { ...saved, weightSpecs: [...saved.weightSpecs, more], weightData }
    const past = await loadLayersModel(fromMemory(extra), { strict: false })
    expectSameBits(past.getWeights()[0]!.dataSync(), model.getWeights()[0]!.dataSync())
    const none = { ...saved, weightSpecs: [], weightData: new ArrayBuffer(0) }
    const fresh = await loadLayersModel(fromMemory(none), { strict: false, seed: 5 })
    // The model was made with this seed, so the missing weight starts from the same numbers.
    expectSameBits(fresh.getWeights()[0]!.dataSync(), model.getWeights()[0]!.dataSync())
    for (const each of [model, past, fresh]) each.dispose()
  })
})

describe('each layer type', () => {
  const MADE: Record<string, () => Layer> = {
    ...Object.fromEntries(Object.entries(CONTRACTS).map(([what, { make }]) => [what, make])),
    'Conv2D with sides of its own': () =>
      layers.conv2d({
        filters: 6,
        kernelSize: [3, 5],
        padding: [
          [0, 0],
          [1, 2],
          [2, 1],
          [0, 0],
        ],
        kernelInitializer: 'glorotUniform',
        inputShape: [8, 8, 4],
      }),
    'Dense, frozen': () => layers.dense({ units: 4, activation: 'elu', trainable: false, biasInitializer: 'constant' }),
    'Dropout with a seed': () => layers.dropout({ rate: 0.125, seed: 9 }),
    'ELU with a name': () => layers.elu({ name: 'bent' }),
  }

  it.each(Object.keys(MADE))('comes back out of its file config: %s', (what) => {
    const layer = MADE[what]!()
    const entry = layerToFile(layer)
    expect(entry.class_name).toBe(layer.className)
    const again = layerFromFile('model.json', 'layers[0]', JSON.parse(JSON.stringify(entry)))
    expect(again).toBeInstanceOf(LAYER_TYPES[layer.className]!)
    expect(layerToFile(again)).toEqual(entry)
    expect(JSON.stringify(again.getConfig())).toBe(JSON.stringify(layer.getConfig()))
  })
})

describe('files of the converter for Keras', () => {
  const common = { trainable: true, dtype: 'float32' }
  const zeros = { class_name: 'Zeros', config: {} }
  const glorot = { class_name: 'GlorotUniform', config: { seed: null, dtype: 'float32' } }
  const free = { kernel_regularizer: null, bias_regularizer: null, activity_regularizer: null, bias_constraint: null }
  const convolution = {
    ...{ name: 'conv2d', ...common, ...free, batch_input_shape: [null, 6, 6, 1], filters: 3, kernel_size: [3, 3] },
    ...{ strides: [1, 1], padding: 'valid', data_format: 'channels_last', dilation_rate: [1, 1], groups: 1 },
    ...{
      activation: 'relu',
      use_bias: true,
      kernel_initializer: glorot,
      bias_initializer: zeros,
      kernel_constraint: null,
    },
  }
  const pooling = {
    name: 'pool',
    ...common,
    pool_size: [2, 2],
    padding: 'valid',
    strides: [2, 2],
    data_format: 'channels_last',
  }
  const output = { name: 'dense', ...common, units: 2, activation: 'softmax', use_bias: true }
  const rest = [
    { class_name: 'MaxPooling2D', config: pooling },
    { class_name: 'Dropout', config: { name: 'dropout', ...common, rate: 0.25, noise_shape: null, seed: null } },
    { class_name: 'Flatten', config: { name: 'flatten', ...common, data_format: 'channels_last' } },
    { class_name: 'ReLU', config: { name: 're_lu', ...common, max_value: null, negative_slope: 0, threshold: 0 } },
    { class_name: 'Dense', config: { ...output, kernel_initializer: glorot, bias_initializer: zeros, ...free } },
  ]
  const weightSpecs = [
    { name: 'conv2d/kernel', shape: [3, 3, 1, 3], dtype: 'float32' },
    { name: 'conv2d/bias', shape: [3], dtype: 'float32' },
    { name: 'dense/kernel', shape: [12, 2], dtype: 'float32' },
    { name: 'dense/bias', shape: [2], dtype: 'float32' },
  ]
  const weightData = uniform(27 + 3 + 24 + 2, 4).buffer as ArrayBuffer
  const input = {
    batch_input_shape: [null, 6, 6, 1],
    dtype: 'float32',
    sparse: false,
    ragged: false,
    name: 'conv2d_input',
  }
  const keras2 = {
    keras_version: '2.9.0',
    backend: 'tensorflow',
    model_config: {
      class_name: 'Sequential',
      config: {
        name: 'sequential',
        layers: [{ class_name: 'InputLayer', config: input }, { class_name: 'Conv2D', config: convolution }, ...rest],
      },
    },
    training_config: { loss: 'categorical_crossentropy', metrics: [['accuracy']], optimizer_config: {} },
  }

  it('are read as TF.js reads them', async () => {
    const artifacts = {
      modelTopology: keras2,
      weightSpecs,
      weightData,
      format: 'layers-model',
      generatedBy: 'keras v2.9.0',
    }
    const model = await loadLayersModel(fromMemory(structuredClone(artifacts)))
    const theirs = await loadInTfjs(structuredClone(artifacts))
    const { mine, other } = predictions(model, theirs, [6, 6, 1])
    expectClose(mine, other, CLOSE)
    expect(model.optimizer).toBeUndefined()
    expect(model.layers[1]!.getConfig()).toMatchObject({ kernelInitializer: { className: 'GlorotUniform' } })
    model.dispose()
    theirs.dispose()
  })

  it('may be those of Keras 3: policies for dtypes, modules, the model in the names of the weights', async () => {
    const policy = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null }
    const { batch_input_shape: _, ...kernel } = convolution
    const modern = structuredClone(keras2)
    modern.model_config.config.layers = [
      {
        class_name: 'InputLayer',
        config: { batch_shape: [null, 6, 6, 1], dtype: 'float32', sparse: false, name: 'in' },
      },
      { module: 'keras.layers', class_name: 'Conv2D', config: { ...kernel, dtype: policy }, registered_name: null },
      ...rest,
    ] as never
    const named = weightSpecs.map((spec) => ({ ...spec, name: `sequential/${spec.name}` }))
    const load = (specs: typeof named, modelTopology: object): Promise<Sequential> =>
      loadLayersModel(fromMemory({ modelTopology, weightSpecs: specs, weightData }))
    const [model, older] = [await load(named, modern), await load(weightSpecs, keras2)]
    const x = makeTensor('test', uniform(36, 2), [1, 6, 6, 1])
    expectSameBits(model.predict(x).dataSync(), older.predict(x).dataSync())
    model.dispose()
    older.dispose()
  })

  it('may have the name of a cell in those of the weights', async () => {
    const named = weightSpecs.map((spec) => ({ ...spec, name: spec.name.replace('/', '/cell/') }))
    const model = await loadLayersModel(fromMemory({ modelTopology: keras2, weightSpecs: named, weightData }))
    expect(model.countParams()).toBe(56)
    model.dispose()
  })
})

describe('the compile state', () => {
  const build = (): Sequential =>
    sequential({ layers: [layers.dense({ units: 2, activation: 'softmax', inputShape: [3] })], seed: 1 })
  const OPTIMIZERS = {
    SGD: () => train.sgd(0.05),
    Momentum: () => train.momentum(0.05, 0.8, true),
    Adam: () => train.adam(0.002, 0.8, 0.99, 1e-6),
    RMSProp: () => train.rmsprop(0.01, 0.8, 0.1, 1e-6, true),
    Adagrad: () => train.adagrad(0.05, 0.2),
  }

  it.each(Object.entries(OPTIMIZERS))('reaches TF.js and comes back: %s', async (className, make) => {
    const model = build()
    model.compile({ optimizer: make(), loss: 'categoricalCrossentropy', metrics: ['accuracy', 'meanSquaredError'] })
    const saved = await artifactsOf(model)
    const theirs = await loadInTfjs(saved)
    expect(theirs.optimizer.getClassName()).toBe(className)
    expect(theirs.optimizer.getConfig()).toEqual(model.optimizer!.getConfig())
    expect(theirs.loss).toBe('categoricalCrossentropy')
    const again = await loadLayersModel(fromMemory(await artifactsOf(theirs, true)))
    expect(again.optimizer!.className).toBe(className)
    expect(again.optimizer!.getConfig()).toEqual(model.optimizer!.getConfig())
    expect(again.compileArgs!.loss).toBe('categoricalCrossentropy')
    expect(again.metricsNames).toEqual(model.metricsNames)
    theirs.dispose()
  })

  it('goes where TF.js does not look, if TF.js does not have what it names', async () => {
    const model = build()
    model.compile({
      optimizer: train.adamw(0.01),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['sparseCategoricalAccuracy'],
    })
    const saved = await artifactsOf(model)
    expect(saved.trainingConfig).toBeUndefined()
    const theirs = await loadInTfjs(saved)
    expect(theirs.optimizer).toBeUndefined()
    const again = await loadLayersModel(fromMemory(saved))
    expect(again.optimizer!.className).toBe('AdamW')
    expect(again.optimizer!.getConfig()).toEqual(model.optimizer!.getConfig())
    expect(again.metricsNames).toEqual(['loss', 'sparseCategoricalAccuracy'])
    theirs.dispose()
  })

  it('is left out where the loss is a function', async () => {
    const model = build()
    model.compile({ optimizer: 'sgd', loss: (yTrue, yPred) => yPred.sub(yTrue).square().mean(1) })
    const saved = await artifactsOf(model)
    expect(saved.trainingConfig).toBeUndefined()
    expect((await loadLayersModel(fromMemory(saved))).optimizer).toBeUndefined()
  })

  it.each(Object.entries(OPTIMIZERS))('with the state of the optimizer lets training go on: %s', async (_, make) => {
    const x = makeTensor('test', uniform(24, 1), [8, 3])
    const y = makeTensor(
      'test',
      Array.from({ length: 8 }, (__, i) => [i % 2, (i + 1) % 2]),
    )
    const model = build()
    model.compile({ optimizer: make(), loss: 'categoricalCrossentropy' })
    for (let step = 0; step < 3; step++) await model.trainOnBatch(x, y)
    const saved = await artifactsOf(model, true)
    const again = await loadLayersModel(fromMemory(saved))
    expect(again.optimizer!.iterations).toBe(3)
    const theirs = await loadInTfjs(saved)
    expect(await artifactsOf(theirs, true)).toMatchObject({
      weightSpecs: saved.weightSpecs,
      weightData: saved.weightData,
    })
    theirs.dispose()
    for (let step = 0; step < 2; step++) {
      expect(await again.trainOnBatch(x, y)).toBe(await model.trainOnBatch(x, y))
    }
    model.getWeights().forEach((weight, i) => {
      expectSameBits(again.getWeights()[i]!.dataSync(), weight.dataSync())
    })
  })
})
