/** The work that systems are compared by: its names, its sizes, and numbers that every system computes with. */

import singleOps from './single-ops.json' with { type: 'json' }

/** @type {Record<string, SingleOp>} */
export const SINGLE_OPS = /** @type {any} */ (singleOps)

/**
 * @typedef {object} WorkItem
 * @property {string} title for the head of a column
 * @property {number} flops of one run where a rate says more than a time; else 0
 * @property {string} about what is measured
 */

/**
 * @typedef {object} SingleOp
 * @property {'conv' | 'depthwise' | 'maxPool' | 'avgPool' | 'globalMax' | 'globalAverage' | 'bias' | 'batchNorm' | 'relu' | 'add' | 'matMul'} kind
 * @property {number[]} x in the layout NHWC
 * @property {number[]} [filter] in the layout HWIO, or HWIM for a depthwise convolution
 * @property {number} [size] of a pool's window
 * @property {number} [stride]
 * @property {number} [pad] zeros on all sides
 */

/** Networks besides LeNet: the batch of a training step, one image, and how many classes. */
export const NETWORKS = /** @type {const} */ ({
  cifarnet: { batch: 64, inputShape: [32, 32, 3], classes: 10 },
  resnet20: { batch: 32, inputShape: [32, 32, 3], classes: 10 },
  mobilenet128: { batch: 16, inputShape: [128, 128, 3], classes: 10 },
  mobilenet224: { batch: 1, inputShape: [224, 224, 3], classes: 1000 },
})

/** A small head on a MobileNet (alpha 0.25) that is not trained itself. */
export const TRANSFER = /** @type {const} */ ({
  images: 200,
  inputShape: [224, 224, 3],
  classes: 4,
  epochs: 50,
  batch: 16,
  units: 100,
})

/** Two items for each op: `op-…` and, with the gradients by all operands, `op-…-gradients`. */
const OP_WORK = /** @type {Record<`op-${string}`, WorkItem>} */ (
  Object.fromEntries(
    Object.keys(SINGLE_OPS).flatMap((name) => [
      [`op-${name}`, { title: name, flops: 0, about: `${name}, forward` }],
      [`op-${name}-gradients`, { title: `${name} + d`, flops: 0, about: `${name}, forward and all gradients` }],
    ]),
  )
)

/** The order is that of the columns. */
export const WORK = /** @type {const} @satisfies {Record<string, WorkItem>} */ ({
  'train-lenet': { title: 'train 128', flops: 0, about: 'LeNet, training step of 128' },
  'predict-1': { title: 'predict 1', flops: 0, about: 'LeNet, predict 1' },
  'predict-128': { title: 'predict 128', flops: 0, about: 'LeNet, predict 128' },
  'train-lenet5': { title: 'lenet5 32', flops: 0, about: 'LeNet-5 (1998), training step of 32' },
  'train-cifarnet': { title: 'cifarnet 64', flops: 0, about: 'cifarNet, training step of 64' },
  'train-resnet20': { title: 'resnet20 32', flops: 0, about: 'ResNet-20, training step of 32' },
  'train-mobilenet': { title: 'mobilenet 16', flops: 0, about: 'MobileNet 0.25, 128², training step of 16' },
  'predict-mobilenet': { title: 'mobilenet 1', flops: 0, about: 'MobileNet 0.25, 224², predict 1' },
  'train-head': { title: 'head', flops: 0, about: 'a head on a frozen MobileNet, 200 images, 50 epochs' },
  'matmul-64': { title: 'matmul 64', flops: 2 * 64 ** 3, about: 'matmul 64' },
  'matmul-256': { title: '256', flops: 2 * 256 ** 3, about: 'matmul 256' },
  'matmul-512': { title: '512', flops: 2 * 512 ** 3, about: 'matmul 512' },
  'matmul-1024': { title: '1024', flops: 2 * 1024 ** 3, about: 'matmul 1024' },
  'conv2-forward': { title: 'conv2', flops: 0, about: 'conv2, 3 × 3, [128, 26, 26, 32] to 64 channels' },
  'conv2-input-gradient': { title: 'conv2 dx', flops: 0, about: 'conv2, gradient by its input' },
  'conv2-filter-gradient': { title: 'conv2 dw', flops: 0, about: 'conv2, gradient by its filter' },
  'max-pool': { title: 'pool', flops: 0, about: 'max-pool, 2 × 2, [128, 24, 24, 64]' },
  'cold-lenet': { title: 'cold 128', flops: 0, about: 'import to first finished LeNet step, in a new process' },
  'cold-lenet5': { title: 'cold lenet5', flops: 0, about: 'import to first finished LeNet-5 step, in a new process' },
  ...OP_WORK,
})

/**
 * Whether an item is timed in a process of its own, start and all.
 * @param {string} item
 */
export function isCold(item) {
  return item.startsWith('cold-')
}

export const MATRIX_SIZES = [64, 256, 512, 1024]
export const BATCH = 128
export const LENET5_BATCH = 32
/** Input, filter and output of the second convolution, in the layouts NHWC and HWIO. */
export const CONV2 = { x: [128, 26, 26, 32], filter: [3, 3, 32, 64], y: [128, 24, 24, 64] }

/** @param {readonly number[]} shape */
export function sizeOf(shape) {
  return shape.reduce((a, b) => a * b, 1)
}

/**
 * Numbers in [-0.5, 0.5) that every system makes alike, in whatever language.
 * @param {readonly number[]} shape
 * @param {number} seed
 */
export function values(shape, seed) {
  const out = new Float32Array(sizeOf(shape))
  for (let i = 0; i < out.length; i++) out[i] = ((i * 7919 + seed * 104_729) % 1000) / 1000 - 0.5
  return out
}

/**
 * One-hot labels [count, 10].
 * @param {number} count
 */
export function labels(count) {
  const out = new Float32Array(count * 10)
  for (let i = 0; i < count; i++) out[i * 10 + ((i * 7) % 10)] = 1
  return out
}

/**
 * The mean of |y|: the same for every layout, and for everyone who computes the same.
 * @param {ArrayLike<number>} y
 */
export function digest(y) {
  let sum = 0
  for (let i = 0; i < y.length; i++) sum += Math.abs(y[i] ?? 0)
  return sum / y.length
}

/**
 * [A, B, C, D] with its axes in another order.
 * @param {Float32Array} from
 * @param {readonly number[]} shape
 * @param {readonly number[]} order which axis of `from` each axis of the result is
 */
export function permuted(from, shape, order) {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  const [a, b, c, d] = order.map((axis) => ({ size: shape[axis] ?? 1, step: strides[axis] ?? 0 }))
  const out = new Float32Array(from.length)
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('permuted: rank 4 only')
  let at = 0
  for (let i = 0; i < a.size; i++) {
    for (let j = 0; j < b.size; j++) {
      for (let k = 0; k < c.size; k++) {
        const base = i * a.step + j * b.step + k * c.step
        for (let l = 0; l < d.size; l++) out[at++] = from[base + l * d.step] ?? 0
      }
    }
  }
  return out
}

export const TO_NCHW = [0, 3, 1, 2]
export const TO_OIHW = [3, 2, 0, 1]
