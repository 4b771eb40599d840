/** ONNX Runtime: onnxruntime-node, native, and onnxruntime-web, WebAssembly, in Node and in pages. Both only infer. */

import { BATCH, CONV2, digest, MATRIX_SIZES, NETWORKS, permuted, TO_NCHW, values } from '../shared/work.mjs'

/**
 * @param {{ runtime: 'onnxruntime-web' | 'onnxruntime-node', threads: number, models: string }} options where `models`
 *   is the address of the folder with the ONNX files
 * @returns {Promise<import('../shared/host.mjs').System>}
 */
export async function open({ runtime, threads, models }) {
  const web = runtime === 'onnxruntime-web'
  const ort = web ? await import('onnxruntime-web') : (await import('onnxruntime-node')).default
  if (web) ort.env.wasm.numThreads = threads
  const session = async (name) => {
    const options = web ? {} : { intraOpNumThreads: threads, interOpNumThreads: 1 }
    const executionProviders = [web ? 'wasm' : 'cpu']
    return ort.InferenceSession.create(await bytes(`${models}/${name}.onnx`), { executionProviders, ...options })
  }
  const feed = (shape, seed, order) => {
    const from = values(shape, seed)
    if (order === undefined) return new ort.Tensor('float32', from, shape)
    const dims = order.map((axis) => shape[axis])
    return new ort.Tensor('float32', permuted(from, shape, order), dims)
  }
  const entries = MATRIX_SIZES.map((size) => [
    `matmul-${size}`,
    async () => item(await session('matmul'), { a: feed([size, size], 1), b: feed([size, size], 2) }),
  ])
  const predict = async (batch) => {
    const { run } = item(await session('lenet'), { x: feed([batch, 28, 28, 1], 1, TO_NCHW) })
    return { run }
  }
  const mobilenet = async () => {
    const { batch, inputShape } = NETWORKS.mobilenet224
    const { run } = item(await session('mobilenet'), feed([batch, ...inputShape], 1))
    return { run }
  }
  const items = {
    'predict-mobilenet': mobilenet,
    'predict-1': () => predict(1),
    'predict-128': () => predict(BATCH),
    ...Object.fromEntries(entries),
    'conv2-forward': async () => item(await session('conv2'), { x: feed(CONV2.x, 1, TO_NCHW) }),
    'max-pool': async () => item(await session('pool'), { x: feed(CONV2.y, 1, TO_NCHW) }),
  }
  const reason = ort.TrainingSession === undefined ? 'the package has no training any more' : 'not tried'
  const untrained = ['train-lenet', 'train-lenet5', 'conv2-input-gradient', 'conv2-filter-gradient']
  const facts = { version: ort.env.versions?.[web ? 'web' : 'node'] ?? '1.30.0', threads }
  return { facts, items, refusals: Object.fromEntries(untrained.map((name) => [name, reason])) }
}

async function bytes(address) {
  if (!address.startsWith('file:')) return new Uint8Array(await (await fetch(address)).arrayBuffer())
  const { readFile } = await import('node:fs/promises')
  return readFile(new URL(address))
}

/** One node or a model, its output in JavaScript's hands when `run` resolves. A single tensor is for its only input. */
function item(session, given) {
  const feeds = 'dims' in given ? { [session.inputNames[0]]: given } : given
  const run = async () => (await session.run(feeds))[session.outputNames[0]].data
  return { run: async () => void (await run()), digest: async () => digest(await run()) }
}
