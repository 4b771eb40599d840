/**
 * TensorFlow.js: its plain JavaScript backend and its WebAssembly one, in Node (where it switches its threads off) and in
 * pages. The WebAssembly backend cannot train a convolution: its gradient by the filter is missing. Here it is composed
 * of the backend's own ops, so that there is something to compare with; the error without it is reported too.
 */

import { BATCH, CONV2, digest, LENET5_BATCH, labels, MATRIX_SIZES, NETWORKS, values } from '../shared/work.mjs'

/**
 * @param {{ backend: 'cpu' | 'wasm', threads: number, compose: boolean, models: string }} options where `models` is the
 *   address of the folder with MobileNet
 * @returns {Promise<import('../shared/host.mjs').System>}
 */
export async function open({ backend, threads, compose, models }) {
  const tf = await load(backend, threads)
  await tf.setBackend(backend)
  await tf.ready()
  if (compose) composeFilterGradient(tf)
  const facts = { version: tf.version.tfjs, backend: tf.getBackend() }
  if (backend === 'wasm' && threads > 1) facts.threads = tf.wasm.getThreadsCount()
  // A small batch stands for the large one on the backend that needs minutes for it.
  const few = backend === 'cpu' ? 2 : BATCH
  const entries = MATRIX_SIZES.map((size) => [`matmul-${size}`, () => matmul(tf, size)])
  const items = {
    'train-lenet': () => extrapolated(trainStep(tf, lenet(tf), few), BATCH / few),
    'predict-1': () => predict(tf, 1),
    'predict-128': () => predict(tf, BATCH),
    'train-lenet5': () => trainStep(tf, lenet5(tf), LENET5_BATCH),
    'predict-mobilenet': async () => prediction(tf, await mobilenet(tf, models), NETWORKS.mobilenet224),
    ...Object.fromEntries(entries),
    ...conv2(tf, few),
    'max-pool': () => maxPool(tf),
  }
  return { facts, items }
}

async function load(backend, threads) {
  if (typeof window === 'object') {
    await script('/bench/peers/node_modules/@tensorflow/tfjs/dist/tf.es2017.min.js')
    if (backend === 'wasm') {
      await script('/bench/peers/node_modules/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.es2017.min.js')
      const { tf } = globalThis
      tf.wasm.setWasmPaths('/bench/peers/node_modules/@tensorflow/tfjs-backend-wasm/dist/')
      tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', threads > 1)
      tf.wasm.setThreadsCount(threads)
    }
    return globalThis.tf
  }
  const { default: tf } = await import('@tensorflow/tfjs')
  if (backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm')
  return tf
}

function script(src) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement('script'), { src, onload: resolve })
    element.onerror = () => reject(new Error(`cannot load ${src}`))
    document.head.append(element)
  })
}

/** dw[r, s] = x shifted by (r, s), as a matrix [pixels, C], transposed, times dy as [pixels, F]. */
function composeFilterGradient(tf) {
  const kernelFunc = ({ inputs: { x, dy }, attrs: { pad, filterShape } }) =>
    tf.tidy(() => {
      const [R, S, C, F] = filterShape
      const [B, P, Q] = dy.shape
      const [h, w] = pad === 'same' ? [R - 1, S - 1] : [0, 0]
      const sides = (total) => [total >> 1, total - (total >> 1)]
      const padded = h + w === 0 ? x : tf.pad(x, [[0, 0], sides(h), sides(w), [0, 0]])
      const rows = dy.reshape([B * P * Q, F])
      const taps = Array.from({ length: R * S }, (_, tap) => {
        const shifted = tf.slice(padded, [0, Math.floor(tap / S), tap % S, 0], [B, P, Q, C])
        return tf.matMul(shifted.reshape([B * P * Q, C]), rows, true, false)
      })
      return tf.stack(taps).reshape(filterShape)
    })
  tf.registerKernel({ kernelName: 'Conv2DBackpropFilter', backendName: 'wasm', kernelFunc })
}

const FIXED = { kernelInitializer: 'glorotUniform' }

function lenet(tf) {
  const { conv2d, maxPooling2d, dropout, flatten, dense } = tf.layers
  return tf.sequential({
    layers: [
      conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1], ...FIXED }),
      conv2d({ filters: 64, kernelSize: 3, activation: 'relu', ...FIXED }),
      maxPooling2d({ poolSize: 2 }),
      dropout({ rate: 0.25 }),
      flatten(),
      dense({ units: 128, activation: 'relu', ...FIXED }),
      dropout({ rate: 0.5 }),
      dense({ units: 10, activation: 'softmax', ...FIXED }),
    ],
  })
}

function lenet5(tf) {
  const { conv2d, averagePooling2d, flatten, dense } = tf.layers
  const activation = 'tanh'
  return tf.sequential({
    layers: [
      conv2d({ filters: 6, kernelSize: 5, padding: 'same', activation, inputShape: [28, 28, 1], ...FIXED }),
      averagePooling2d({ poolSize: 2 }),
      conv2d({ filters: 16, kernelSize: 5, activation, ...FIXED }),
      averagePooling2d({ poolSize: 2 }),
      conv2d({ filters: 120, kernelSize: 5, activation, ...FIXED }),
      flatten(),
      dense({ units: 84, activation, ...FIXED }),
      dense({ units: 10, activation: 'softmax', ...FIXED }),
    ],
  })
}

function extrapolated(item, scale) {
  return scale === 1 ? item : { ...item, scale, note: `extrapolated from 1/${scale} of the batch` }
}

function trainStep(tf, model, batch) {
  model.compile({ optimizer: tf.train.adam(0.001), loss: 'categoricalCrossentropy' })
  const shape = [batch, 28, 28, 1]
  const [x, y] = [tf.tensor(values(shape, 1), shape), tf.tensor(labels(batch), [batch, 10])]
  return { run: async () => void (await model.trainOnBatch(x, y)), digest: () => model.countParams() }
}

/** The MobileNet that quadlane has written. */
function mobilenet(tf, models) {
  const read = async (name) => {
    const address = `${models}/mobilenet/${name}`
    if (!address.startsWith('file:')) return (await fetch(address)).arrayBuffer()
    const { readFile } = await import('node:fs/promises')
    return Uint8Array.from(await readFile(new URL(address))).buffer
  }
  const load = async () => {
    const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(await read('model.json')))
    const [{ weights: weightSpecs, paths }] = weightsManifest
    const shards = await Promise.all(paths.map(read))
    const weightData = tf.io.concatenateArrayBuffers(shards)
    return { modelTopology, weightSpecs, weightData }
  }
  return tf.loadLayersModel({ load })
}

function predict(tf, batch) {
  return prediction(tf, lenet(tf), { batch, inputShape: [28, 28, 1] })
}

function prediction(tf, model, { batch, inputShape }) {
  const shape = [batch, ...inputShape]
  const x = tf.tensor(values(shape, 1), shape)
  const run = async () => {
    const y = model.predictOnBatch(x)
    await y.data()
    y.dispose()
  }
  return { run }
}

/** An op, its result read: without that the work of an asynchronous backend would not be in the time. */
function item(f) {
  const run = async () => {
    const y = f()
    await y.data()
    y.dispose()
  }
  const result = async () => {
    const y = f()
    const found = digest(await y.data())
    y.dispose()
    return found
  }
  return { run, digest: result }
}

function matmul(tf, size) {
  const [a, b] = [1, 2].map((seed) => tf.tensor(values([size, size], seed), [size, size]))
  return item(() => tf.matMul(a, b))
}

function conv2(tf, few) {
  const xShape = [few, ...CONV2.x.slice(1)]
  const [scale, yShape] = [BATCH / few, [few, ...CONV2.y.slice(1)]]
  const filter = () => tf.tensor(values(CONV2.filter, 2), CONV2.filter)
  return {
    'conv2-forward': () => {
      const [x, w] = [tf.tensor(values(CONV2.x, 1), CONV2.x), filter()]
      return item(() => tf.conv2d(x, w, 1, 'valid'))
    },
    'conv2-input-gradient': () => {
      const [w, dy] = [filter(), tf.tensor(values(yShape, 3), yShape)]
      return withoutDigest(
        item(() => tf.conv2dTranspose(dy, w, xShape, 1, 'valid')),
        scale,
      )
    },
    'conv2-filter-gradient': () => {
      const [x, dy] = [tf.tensor(values(xShape, 1), xShape), tf.tensor(values(yShape, 3), yShape)]
      const attrs = {
        strides: 1,
        pad: 'valid',
        dataFormat: 'NHWC',
        filterShape: CONV2.filter,
        dimRoundingMode: undefined,
      }
      return withoutDigest(
        item(() => tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, attrs)),
        scale,
      )
    },
  }
}

/** A smaller batch has another result. */
function withoutDigest(one, scale) {
  return scale === 1 ? one : extrapolated({ run: one.run }, scale)
}

function maxPool(tf) {
  const x = tf.tensor(values(CONV2.y, 1), CONV2.y)
  return item(() => tf.maxPool(x, 2, 2, 'valid'))
}
