/**
 * One loss curve for each kind of network: ten steps, digits, initial weights, shuffling and dropout included, are the same
 * to the last bit in every engine and with any number of threads, as long as the baseline build computes them.
 */

import type { CallbackHooks } from '../../src/callbacks/callback.ts'
import type { ImageDataset } from '../../src/data/dataset.ts'
import { syntheticDigits } from '../../src/data/digits.ts'
import { init } from '../../src/init.ts'
import * as layers from '../../src/layers/index.ts'
import { input } from '../../src/layers/input.ts'
import { type LayersModel, model } from '../../src/model/model.ts'
import { tensor } from '../../src/ops/create.ts'
import { info, shutdown } from '../../src/runtime/runtime.ts'
import { lenet } from '../../src/zoo/lenet.ts'
import { resNet } from '../../src/zoo/resnet.ts'

/**
 * For each kind of network the SHA-256 of the ten losses (float64) and then the weights (float32). It changes with
 * whatever changes the order of an addition in the kernels that take part; put in then what the failing test prints as
 * received.
 */
export const LOSS_CURVES = {
  row: '29f8ae9cc378e85313b3ebc818f164cd71a6cd922ac2c28cf5af8abbac4e4504',
  graph: '5e4204fd755576253bcf28da16a4ec78844efcbd3278b1b9b1b4cb1e2ae28b9d',
  outputs: 'b3aa7406e6204dfa656fef0fd12d2f007c65a0d058da7ec6c4901ad2bfcb8825',
} as const

export type NetworkKind = keyof typeof LOSS_CURVES
export const NETWORK_KINDS = Object.keys(LOSS_CURVES) as NetworkKind[]

const STEPS = 10
const BATCH = 32

export interface LossCurve {
  readonly hash: string
  readonly losses: number[]
  readonly threads: number
}

/** Two outputs of one trunk: the digit, and whether it is odd. */
function twoOutputs(): LayersModel {
  const begin = input({ shape: [28, 28, 1] })
  const trunk = layers.conv2d({ filters: 8, kernelSize: 5, strides: 2, activation: 'relu' }).apply(begin)
  const features = layers.globalAveragePooling2d().apply(layers.conv2d({ filters: 16, kernelSize: 3 }).apply(trunk))
  const digit = layers.dense({ units: 10, activation: 'softmax', name: 'digit' }).apply(features)
  const odd = layers.dense({ units: 1, activation: 'sigmoid', name: 'odd' }).apply(features)
  return model({ inputs: begin, outputs: [digit, odd], seed: 7 })
}

/** Ten steps on so many digits. */
async function train(kind: NetworkKind, digits: ImageDataset, callbacks: CallbackHooks): Promise<LayersModel> {
  const args = { batchSize: BATCH, callbacks }
  if (kind === 'outputs') {
    const net = twoOutputs()
    net.compile({ optimizer: 'adam', loss: ['categoricalCrossentropy', 'binaryCrossentropy'] })
    const { xs, ys } = digits.tensors()
    const odd = tensor(
      Float32Array.from(digits.labels, (label) => label % 2),
      [digits.size, 1],
    )
    await net.fit(xs, [ys, odd], args)
    return net
  }
  // Skip connections and batch normalization, or the lecture's row.
  const net = kind === 'row' ? lenet({ seed: 7 }) : resNet({ depth: 8, inputShape: [28, 28, 1], seed: 7 })
  net.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
  await net.fit(digits, args)
  return net
}

/** Runs the ten steps on the present runtime, which it starts and shuts down. */
export async function lossCurve(kind: NetworkKind, threads: number, ready?: () => Promise<void>): Promise<LossCurve> {
  shutdown()
  await init({ threads, simd: 'baseline' })
  await ready?.()
  try {
    const losses: number[] = []
    const onBatchEnd = (_: number, logs = {}): void => void losses.push((logs as { loss: number }).loss)
    const net = await train(kind, syntheticDigits({ count: STEPS * BATCH, seed: 5 }), { onBatchEnd })
    const weights = net.snapshot()
    return { hash: await sha256(Float64Array.from(losses), ...weights), losses, threads: info().threads }
  } finally {
    shutdown()
  }
}

/** The SHA-256 of the bytes of some arrays, in hexadecimal. */
async function sha256(...arrays: readonly ArrayBufferView[]): Promise<string> {
  const blob = new Blob(
    arrays.map((array) => new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength)),
  )
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
