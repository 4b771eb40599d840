/**
 * ConvNetJS: plain JavaScript in float64, one image at a time. It has no average pooling, so its LeNet-5 takes the
 * maximum, and no matrix product.
 */

import convnetjs from 'convnetjs'
import { BATCH, CONV2, digest, LENET5_BATCH, sizeOf, values } from '../shared/work.mjs'

const RELU = { activation: 'relu' }
const TANH = { activation: 'tanh' }

const LENET = [
  { type: 'input', out_sx: 28, out_sy: 28, out_depth: 1 },
  { type: 'conv', sx: 3, filters: 32, stride: 1, ...RELU },
  { type: 'conv', sx: 3, filters: 64, stride: 1, ...RELU },
  { type: 'pool', sx: 2, stride: 2, drop_prob: 0.25 },
  { type: 'fc', num_neurons: 128, ...RELU, drop_prob: 0.5 },
  { type: 'softmax', num_classes: 10 },
]

const LENET5 = [
  { type: 'input', out_sx: 28, out_sy: 28, out_depth: 1 },
  { type: 'conv', sx: 5, filters: 6, stride: 1, pad: 2, ...TANH },
  { type: 'pool', sx: 2, stride: 2 },
  { type: 'conv', sx: 5, filters: 16, stride: 1, ...TANH },
  { type: 'pool', sx: 2, stride: 2 },
  { type: 'conv', sx: 5, filters: 120, stride: 1, ...TANH },
  { type: 'fc', num_neurons: 84, ...TANH },
  { type: 'softmax', num_classes: 10 },
]

/** @returns {Promise<import('../shared/host.mjs').System>} */
export async function open() {
  const absent = { 'matmul-64': '', 'matmul-256': '', 'matmul-512': '', 'matmul-1024': '' }
  const refusals = {
    ...Object.fromEntries(Object.keys(absent).map((name) => [name, 'has no matrix product'])),
    'conv2-input-gradient': 'computes both gradients at once',
    'conv2-filter-gradient': 'computes both gradients at once',
  }
  const items = {
    'train-lenet': () => trainStep(LENET, BATCH),
    'predict-1': () => predict(1),
    'predict-128': () => predict(BATCH),
    'train-lenet5': () => ({ ...trainStep(LENET5, LENET5_BATCH), note: 'max-pooling in place of average pooling' }),
    'conv2-forward': conv2,
    'max-pool': maxPool,
  }
  return { facts: { version: '0.3.0' }, items, refusals }
}

function network(layers) {
  const net = new convnetjs.Net()
  net.makeLayers(layers)
  return net
}

/** Images as volumes, each from its part of the values. */
function volumes([count, height, width, depth], seed) {
  const all = values([count, height, width, depth], seed)
  const size = sizeOf([height, width, depth])
  return Array.from({ length: count }, (_, i) => {
    const volume = new convnetjs.Vol(width, height, depth, 0)
    volume.w.set(all.subarray(i * size, (i + 1) * size))
    return volume
  })
}

function trainStep(layers, batch) {
  const net = network(layers)
  const trainer = new convnetjs.Trainer(net, { method: 'adam', batch_size: batch, learning_rate: 0.001 })
  const images = volumes([batch, 28, 28, 1], 1)
  return {
    run: () => {
      for (const [i, image] of images.entries()) trainer.train(image, (i * 7) % 10)
    },
  }
}

function predict(batch) {
  const net = network(LENET)
  const images = volumes([batch, 28, 28, 1], 1)
  return {
    run: () => {
      for (const image of images) net.forward(image)
    },
  }
}

function conv2() {
  const [R, , C, F] = CONV2.filter
  const layer = new convnetjs.ConvLayer({ in_sx: 26, in_sy: 26, in_depth: C, sx: R, filters: F, stride: 1, pad: 0 })
  const filter = values(CONV2.filter, 2)
  for (let f = 0; f < F; f++) for (let i = 0; i < R * R * C; i++) layer.filters[f].w[i] = filter[i * F + f]
  return perImage(volumes(CONV2.x, 1), layer)
}

function maxPool() {
  const layer = new convnetjs.PoolLayer({ in_sx: 24, in_sy: 24, in_depth: 64, sx: 2, stride: 2 })
  return perImage(volumes(CONV2.y, 1), layer)
}

function perImage(images, layer) {
  return {
    run: () => {
      for (const image of images) layer.forward(image, false)
    },
    digest: () => {
      const sums = images.map((image) => digest(layer.forward(image, false).w))
      return sums.reduce((a, b) => a + b, 0) / sums.length
    },
  }
}
