/** Single ops of small networks in quadlane: forward, and forward with the gradients by all operands. */

import { digest, values } from '../shared/work.mjs'

/** @typedef {typeof import('quadlane')} Quadlane @typedef {import('quadlane').Tensor} Tensor */
/** @typedef {import('../shared/work.mjs').SingleOp} SingleOp */

/** @param {SingleOp} op the operands' shapes */
function operandShapes({ kind, x, filter }) {
  if (kind === 'add') return [x, x]
  if (kind === 'bias') return [x, [x[3] ?? 1]]
  if (kind === 'batchNorm') return [x, [x[3] ?? 1], [x[3] ?? 1]]
  return filter === undefined ? [x] : [x, filter]
}

/** @param {Quadlane} ql @param {SingleOp} op @returns {(...operands: Tensor[]) => Tensor} */
function functionOf(ql, { kind, size = 1, stride = 1, pad = 0 }) {
  if (kind === 'conv') return (x, w) => ql.conv2d(/** @type {any} */ (x), /** @type {any} */ (w), stride, pad)
  if (kind === 'depthwise')
    return (x, w) => ql.depthwiseConv2d(/** @type {any} */ (x), /** @type {any} */ (w), stride, pad)
  if (kind === 'maxPool') return (x) => ql.maxPool(/** @type {any} */ (x), size, stride, 'valid')
  if (kind === 'avgPool') return (x) => ql.avgPool(/** @type {any} */ (x), size, stride, 'valid')
  if (kind === 'globalMax') return (x) => ql.max(x, [1, 2])
  if (kind === 'globalAverage') return (x) => ql.mean(x, [1, 2])
  if (kind === 'relu') return (x) => ql.relu(x)
  if (kind === 'add' || kind === 'bias') return (a, b) => ql.add(a, b)
  if (kind === 'matMul') return (a, b) => ql.matMul(/** @type {any} */ (a), /** @type {any} */ (b))
  throw new Error(`no op for ${kind}`)
}

/**
 * A layer stands for batch normalization: its statistics are no public op.
 * @param {Quadlane} ql @param {readonly number[]} shape
 */
function batchNorm(ql, shape) {
  const layer = ql.layers.batchNormalization({ epsilon: 1e-3 })
  layer.apply(ql.zeros([1, ...shape.slice(1)]))
  return /** @param {Tensor} x */ (x) => /** @type {Tensor} */ (layer.apply(x, { training: true }))
}

/** @param {Quadlane} ql @param {SingleOp} op @param {boolean} gradients */
export function singleOp(ql, op, gradients) {
  const isNorm = op.kind === 'batchNorm'
  const f = isNorm ? batchNorm(ql, op.x) : functionOf(ql, op)
  const shapes = isNorm ? [op.x] : operandShapes(op)
  const operands = shapes.map((shape, i) => ql.tensor(values(shape, i + 1), [...shape]))
  const call = () => f(.../** @type {[Tensor, Tensor]} */ (operands))
  const first = call()
  const dy = ql.tensor(values(first.shape, 9), first.shape)
  first.dispose()
  const forward = () => call().dispose()
  if (!gradients) {
    return {
      run: forward,
      digest: () => {
        const y = call()
        const found = digest(y.dataSync())
        y.dispose()
        return found
      },
    }
  }
  if (isNorm) {
    // The weights of the layer are differentiated too, as PyTorch does.
    const backward = ql.grad((x) => f(/** @type {any} */ (x), /** @type {any} */ (undefined)))
    return { run: () => backward(/** @type {Tensor} */ (operands[0]), dy).dispose() }
  }
  const backward = ql.grads((...xs) => f(.../** @type {[Tensor, Tensor]} */ (xs)))
  const run = () => {
    for (const gradient of backward(operands, dy)) gradient.dispose()
  }
  return {
    run,
    digest: () => {
      const found = backward(operands, dy)
      const sum = found.reduce((total, gradient) => total + digest(gradient.dataSync()), 0)
      for (const gradient of found) gradient.dispose()
      return sum
    },
  }
}
