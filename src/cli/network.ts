/** The networks that `train` makes: new ones, and new heads on models that have learnt something else. */

import { ArgumentError, showShape } from '../errors.ts'
import * as layers from '../layers/index.ts'
import type { Layer } from '../layers/layer.ts'
import type { SymbolicTensor } from '../layers/symbolic.ts'
import { modelFromConfig } from '../model/from-config.ts'
import { LayersModel, model as makeModel } from '../model/model.ts'
import { sequential } from '../model/sequential.ts'
import type { Shape } from '../shape.ts'
import { readAnyModel } from './any-model.ts'
import { DEFAULT_SIZE, MODELS } from './defaults.ts'
import type { Output } from './output.ts'
import type { Settings } from './settings.ts'

/** How much pictures are varied: mirrored, turned by up to 18°, moved and enlarged by up to a tenth, lit differently. */
function variations(inputShape: Shape): Layer[] {
  return [
    layers.randomFlip({ mode: 'horizontal', inputShape }),
    layers.randomRotation({ factor: 0.05, fillMode: 'nearest' }),
    layers.randomTranslation({ heightFactor: 0.1, widthFactor: 0.1, fillMode: 'nearest' }),
    layers.randomZoom({ heightFactor: 0.1, fillMode: 'nearest' }),
    layers.randomContrast({ factor: 0.2 }),
  ]
}

/** A network of the zoo, in front of it what varies its pictures where that is wanted. */
export function newNetwork(settings: Settings, inputShape: Shape, classes: number): LayersModel {
  const { model, seed, augment } = settings
  const network = quick(MODELS[model!]({ inputShape, classes, seed }), settings)
  return augment ? varied(network, inputShape, seed) : network
}

/** The share of the old in each step's averages of a batch normalization. */
const MOMENTUM = 0.9

/**
 * Of a few pictures there are few steps, in which Keras's 0.99 leaves the averages near what they began with, and the
 * validation in the dark.
 */
function quick(network: LayersModel, { size, seed }: Settings): LayersModel {
  if (size === null) return network
  return rewritten(
    network,
    ({ class_name }) => (class_name === 'BatchNormalization' ? { momentum: MOMENTUM } : {}),
    seed,
  )
}

function varied(network: LayersModel, inputShape: Shape, seed: number): LayersModel {
  return sequential({ name: `${network.name}-augmented`, seed, layers: [...variations(inputShape), network] })
}

/** A model without its last layer with weights: what it knows of pictures. */
export interface Features {
  readonly model: LayersModel
  /** Of one picture, [height, width, channels]. */
  readonly inputShape: Shape
}

/**
 * Cuts the head off a model of any format. Nothing is dropped in it any more, so that a picture has the same features each
 * time, and `fit` computes them once.
 * @param size what open sizes are to be
 */
export async function readFeatures(who: string, from: string, size: number | null, output: Output): Promise<Features> {
  const read = withoutVariations(await readAnyModel(from, output))
  const whole = withoutDropping(read)
  whole.setWeights(read.getWeights())
  const [, height, width, channels] = whole.inputShape
  if (whole.inputShape.length !== 4 || (channels !== 1 && channels !== 3)) {
    const received = showShape(whole.inputShape)
    throw new ArgumentError({ who, expected: '--from to be a model of pictures [*, height, width, 3 or 1]', received })
  }
  if (size !== null && ((height ?? size) !== size || (width ?? size) !== size)) {
    const received = String(size)
    throw new ArgumentError({ who, expected: `--size ${height}, which the model of --from reads, or none`, received })
  }
  const end = whole.layers.findLastIndex((layer) => layer.weights.length > 0)
  const head = whole.layers[end]
  if (head === undefined || end === 0 || Array.isArray(head.input)) {
    throw new ArgumentError({ who, expected: '--from to be a model of several layers', received: whole.name })
  }
  const features = makeModel({ inputs: whole.inputs as SymbolicTensor[], outputs: head.input, name: 'features' })
  features.trainable = false
  const side = size ?? DEFAULT_SIZE
  return { model: features, inputShape: [height ?? side, width ?? side, channels] }
}

/** The model itself where layers that vary pictures stand in front of it. */
function withoutVariations(model: LayersModel): LayersModel {
  const weighted = model.layers.filter((layer) => layer.weights.length > 0)
  const [only] = weighted
  return weighted.length === 1 && only instanceof LayersModel ? only : model
}

/** Layers that are random while training. */
const DROPPING = /Dropout|^GaussianNoise$/

/** The same layers, without weights, none of which drops anything. */
function withoutDropping(model: LayersModel): LayersModel {
  return rewritten(model, ({ class_name, config }) => {
    if (!DROPPING.test(class_name)) return {}
    return 'stddev' in config ? { stddev: 0 } : { rate: 0 }
  })
}

/** A layer as files have it. */
interface Entry {
  readonly class_name: string
  readonly config: object
}

/** The same layers, without weights, with other arguments where `change` gives some. */
function rewritten(model: LayersModel, change: (entry: Entry) => object, seed?: number): LayersModel {
  const config = JSON.parse(model.toJSON() as string, (_, value) => {
    if (typeof value !== 'object' || value === null || typeof value.class_name !== 'string') return value
    return { ...value, config: Array.isArray(value.config) ? value.config : { ...value.config, ...change(value) } }
  })
  return modelFromConfig(model.name, config, seed)
}

/** A new head for other classes on what a model knows of pictures. */
export function headOn({ model, inputShape }: Features, settings: Settings, classes: number): LayersModel {
  const { seed, augment, range } = settings
  const [low, high] = range
  const begin = layers.input({ shape: inputShape })
  const scaled = low === 0 && high === 1 ? begin : layers.rescaling({ scale: high - low, offset: low }).apply(begin)
  const features = model.apply(scaled) as SymbolicTensor
  const isMap = features.shape.length === 4
  const pooled = isMap ? layers.globalAveragePooling2d().apply(features) : features
  const flat = pooled.shape.length > 2 ? layers.flatten().apply(pooled) : pooled
  const outputs = layers.dense({ units: classes, activation: 'softmax', name: 'classes' }).apply(flat)
  const network = makeModel({ inputs: begin, outputs: outputs as SymbolicTensor, name: 'fine-tuned', seed })
  return augment ? varied(network, inputShape, seed) : network
}
