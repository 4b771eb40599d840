/** What `tsc` must refuse, and what it must take: each `@ts-expect-error` fails the build when the error is gone. */

import {
  model as functional,
  input,
  type Layer,
  type LayersModel,
  layers,
  losses,
  type SymbolicTensor,
  sequential,
  type Tensor,
  train,
  zoo,
} from '../../src/index.ts'

// Layers come one by one or as a list that was made elsewhere.
sequential({ layers: [layers.dense({ units: 10, inputShape: [4] }), layers.dense({ units: 2 })] })
export const some: Layer[] = [layers.maxPooling2d({ inputShape: [4, 4, 1] }), layers.flatten()]
sequential({ layers: some })
// @ts-expect-error
sequential({ layers: [{ units: 10 }] })

// Graphs of layers, with several inputs and outputs.
const begin = input({ shape: [8, 8, 3] })
const wide: SymbolicTensor = layers.conv2d({ filters: 4, kernelSize: 3 }).apply(begin)
export const graph: LayersModel = functional({ inputs: begin, outputs: [wide, layers.flatten().apply(wide)] })
// @ts-expect-error
functional({ inputs: begin })
export const features: Tensor[] = graph.predict<Tensor[]>(new Float32Array(192))

// Options are spelt right, present and of the right type.
// @ts-expect-error
layers.conv2d({ filter: 6, kernelSize: 3 })
// @ts-expect-error
layers.conv2d({ filters: 6, kernelSize: 3, stride: 2 })
// @ts-expect-error
layers.conv2d({ kernelSize: 3 })
// @ts-expect-error
layers.dense({ units: '10' })
// @ts-expect-error
layers.dropout({})
// @ts-expect-error
layers.conv2d({ filters: 6, kernelSize: [3, 3, 3].join() })
// @ts-expect-error
layers.conv2d({ filters: 6, kernelSize: 3, padding: 'full' })

// Names come from closed lists.
layers.dense({ units: 10, activation: 'relu' })
// @ts-expect-error
layers.dense({ units: 10, activation: 'rleu' })
// @ts-expect-error
layers.dense({ units: 10, kernelInitializer: 'glorot' })

const model = zoo.lenet()
model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
model.compile({ optimizer: train.sgd(0.1), loss: losses.meanSquaredError })
// @ts-expect-error
model.compile({ optimizer: 'adan', loss: 'categoricalCrossentropy' })
// @ts-expect-error
model.compile({ optimizer: 'adam', loss: 'crossentropy' })
// @ts-expect-error
model.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['accurracy'] })
// @ts-expect-error
model.compile({ optimizer: 'adam' })

declare const x: Tensor
// @ts-expect-error
void model.fit(x, x, { batchsize: 32 })
// @ts-expect-error
void model.fitDataset([{ x, y: x }], { epochs: 1 })
export const y: Float32Array = x.dataSync()
export const labels: Int32Array = x.dataSync<'int32'>()
// @ts-expect-error
export const wrong: Int32Array = x.dataSync()
// @ts-expect-error
x.shape.push(1)
