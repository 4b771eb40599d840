/**
 * How many parameters a network has without convolutions and with them, counted by models that are built for it. No
 * weight is made, so the counts come at once. Run: npx tsx examples/parameter-counts.ts
 *
 * Where quadlane is installed as a package, import from 'quadlane' rather than from its sources.
 */

import { layers, type Sequential, type Shape, sequential, zoo } from '../src/index.node.ts'
import { type Block, grouped, indented, print, tableText } from './helpers/text.ts'

const IMAGES: readonly (readonly [number, number, number])[] = [
  [28, 28, 1],
  [200, 200, 3],
]

/** Flatten and a dense layer. */
function dense(inputShape: Shape, units: number): number {
  return sequential({ layers: [layers.flatten({ inputShape }), layers.dense({ units })] }).countParams()
}

/** A convolution of 3×3 kernels. */
function convolution(inputShape: Shape, filters: number): number {
  return sequential({ layers: [layers.conv2d({ filters, kernelSize: 3, inputShape })] }).countParams()
}

function firstLayers(): Block {
  const rows: [title: string, count: (shape: Shape) => number][] = [
    ['a dense neuron', (shape) => dense(shape, 1)],
    ['dense 64', (shape) => dense(shape, 64)],
    ['a filter 3×3', (shape) => convolution(shape, 1)],
    ['conv2d 64 @ 3×3', (shape) => convolution(shape, 64)],
  ]
  return tableText(
    ['First layer', ...IMAGES.map((shape) => shape.join('×'))],
    rows.map(([title, count]) => [title, ...IMAGES.map((shape) => grouped(count(shape)))]),
  )
}

/** Where the parameters are. The last convolution of lenet5 covers its whole input: a dense layer in all but name. */
function wholeModels(): Block {
  const models: Sequential[] = [zoo.mlp(), zoo.lenet(), zoo.lenet5()]
  const rows = models.map((model) => {
    const ofDense = model.layers.filter((layer) => layer.className === 'Dense')
    const inDense = ofDense.reduce((sum, layer) => sum + layer.countParams(), 0)
    const all = model.countParams()
    return [model.name, ...[all - inDense, inDense, all].map(grouped)]
  })
  return tableText(['28×28×1, 10 classes', 'convolutions', 'dense layers', 'all'], rows)
}

print('A dense neuron has a weight for each input; a filter has one for each place under its kernel.\n')
print(indented(firstLayers()))
print('\nA filter does not grow with the image. But what follows it does: whole models, as in zoo.*\n')
print(indented(wholeModels()))
const lenet = zoo.lenet()
const firstDense = lenet.layers.find((layer) => layer.className === 'Dense')!
const share = Math.round((firstDense.countParams() / lenet.countParams()) * 100)
print(`\nOf lenet's parameters ${share} % are in its first dense layer, which sees all 9,216 features at once.\n`)
lenet.summary()
