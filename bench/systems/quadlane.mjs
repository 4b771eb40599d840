/** quadlane as one of the systems that are compared, from its built package, in Node and in pages. */

import { probePeak } from '../shared/peak.mjs'
import { BATCH, CONV2, digest, LENET5_BATCH, labels, MATRIX_SIZES, SINGLE_OPS, values } from '../shared/work.mjs'
import { predictNetwork, trainHead, trainNetwork } from './networks.mjs'
import { singleOp } from './single-ops.mjs'

/**
 * @param {{
 *   threads: number
 *   simd: 'baseline' | 'relaxed' | 'wide'
 *   conv?: 'auto' | 'direct'
 *   wasm?: string
 *   module?: string
 * }} options where `module` is the package's address for those that cannot go by its name, as workers of pages cannot
 * @returns {Promise<import('../shared/host.mjs').System>}
 */
export async function open({ threads, simd, conv = 'auto', wasm, module = 'quadlane' }) {
  const ql = /** @type {Quadlane} */ (await import(module))
  await ql.init({ threads, simd, conv, ...(wasm === undefined ? {} : { wasm }) })
  const info = ql.info()
  if (info.threads !== threads) throw new Error(`quadlane runs ${info.threads} threads: ${info.reason}`)
  const facts = { version: ql.version, build: info.simd, conv, threads, ceiling: await probePeak(simd !== 'baseline') }
  const entries = MATRIX_SIZES.map((size) => [`matmul-${size}`, () => matmul(ql, size)])
  const items = {
    'train-lenet': () => trainStep(ql, 'lenet', BATCH),
    'predict-1': () => predict(ql, 1),
    'predict-128': () => predict(ql, BATCH),
    'train-lenet5': () => trainStep(ql, 'lenet5', LENET5_BATCH),
    'train-cifarnet': () => trainNetwork(ql, 'cifarnet'),
    'train-resnet20': () => trainNetwork(ql, 'resnet20'),
    'train-mobilenet': () => trainNetwork(ql, 'mobilenet128'),
    'predict-mobilenet': () => predictNetwork(ql, 'mobilenet224', 1),
    'train-head': () => trainHead(ql),
    ...Object.fromEntries(entries),
    ...conv2(ql),
    'max-pool': () => maxPool(ql),
    ...Object.fromEntries(
      Object.entries(SINGLE_OPS).flatMap(([name, op]) => [
        [`op-${name}`, () => singleOp(ql, op, false)],
        [`op-${name}-gradients`, () => singleOp(ql, op, true)],
      ]),
    ),
  }
  return { facts, items }
}

/** @typedef {typeof import('quadlane')} Quadlane */

/** @param {Quadlane} ql @param {'lenet' | 'lenet5'} name @param {number} batch */
export function trainStep(ql, name, batch) {
  const model = ql.zoo[name]({ seed: 1 })
  model.compile({ optimizer: ql.train.adam(0.001), loss: 'categoricalCrossentropy' })
  const shape = [batch, 28, 28, 1]
  const [x, y] = [ql.tensor(values(shape, 1), shape), ql.tensor(labels(batch), [batch, 10])]
  return { run: async () => void (await model.trainOnBatch(x, y)), digest: () => model.countParams() }
}

/** @param {Quadlane} ql @param {number} batch */
function predict(ql, batch) {
  const model = ql.zoo.lenet({ seed: 1 })
  const shape = [batch, 28, 28, 1]
  const x = ql.tensor(values(shape, 1), shape)
  const run = () => {
    const y = model.predictOnBatch(x)
    y.dataSync()
    y.dispose()
  }
  return { run }
}

/** @param {() => import('quadlane').Tensor} f */
function item(f) {
  const result = () => {
    const y = f()
    const found = digest(y.dataSync())
    y.dispose()
    return found
  }
  return { run: () => f().dispose(), digest: result }
}

/** @param {Quadlane} ql @param {number} size */
function matmul(ql, size) {
  const [a, b] = [1, 2].map((seed) => ql.tensor(values([size, size], seed), [size, size]))
  return item(() => ql.matMul(/** @type {any} */ (a), /** @type {any} */ (b)))
}

/** @param {Quadlane} ql */
function conv2(ql) {
  const make = () => ({
    x: ql.tensor(values(CONV2.x, 1), CONV2.x),
    filter: ql.tensor(values(CONV2.filter, 2), CONV2.filter),
    dy: ql.tensor(values(CONV2.y, 3), CONV2.y),
  })
  return {
    'conv2-forward': () => {
      const { x, filter } = make()
      return item(() => ql.conv2d(x, filter, 1, 'valid'))
    },
    'conv2-input-gradient': () => {
      const { filter, dy } = make()
      return item(() => ql.conv2dTranspose(dy, filter, CONV2.x, 1, 'valid'))
    },
    'conv2-filter-gradient': () => {
      const { x, filter, dy } = make()
      // The clock starts when the forward pass is done, which the gradient is not asked for without.
      let start = 0
      const gradient = ql.grad((w) => {
        const y = ql.conv2d(x, w, 1, 'valid')
        start = performance.now()
        return y
      })
      const run = () => {
        const dw = gradient(filter, dy)
        const elapsed = performance.now() - start
        dw.dispose()
        return elapsed
      }
      return { run, digest: item(() => gradient(filter, dy)).digest }
    },
  }
}

/** @param {Quadlane} ql */
function maxPool(ql) {
  const x = ql.tensor(values(CONV2.y, 1), CONV2.y)
  return item(() => ql.maxPool(x, 2, 2, 'valid'))
}
