/** The models that ONNX Runtime is given: the lecture's LeNet, a matrix product, the second convolution, its pooling. */

import { CONV2, permuted, TO_NCHW, TO_OIHW, values } from '../shared/work.mjs'
import { type OnnxModel, writeOnnx } from './write-onnx.ts'

function weight(shape: readonly number[], seed: number): { shape: readonly number[]; values: Float32Array } {
  // Small, so that the activations stay far from overflow; what they are does not matter to the time.
  return { shape, values: values(shape, seed).map((value) => value / 10) }
}

/** The dropouts are gone, as they are in inference. */
const LENET: OnnxModel = {
  name: 'lenet',
  nodes: [
    { type: 'Conv', inputs: ['x', 'w1', 'b1'], output: 'h1' },
    { type: 'Relu', inputs: ['h1'], output: 'h2' },
    { type: 'Conv', inputs: ['h2', 'w2', 'b2'], output: 'h3' },
    { type: 'Relu', inputs: ['h3'], output: 'h4' },
    { type: 'MaxPool', inputs: ['h4'], output: 'h5', attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
    { type: 'Flatten', inputs: ['h5'], output: 'h6' },
    { type: 'Gemm', inputs: ['h6', 'w3', 'b3'], output: 'h7' },
    { type: 'Relu', inputs: ['h7'], output: 'h8' },
    { type: 'Gemm', inputs: ['h8', 'w4', 'b4'], output: 'h9' },
    { type: 'Softmax', inputs: ['h9'], output: 'y' },
  ],
  inputs: { x: ['N', 1, 28, 28] },
  outputs: { y: ['N', 10] },
  weights: {
    w1: weight([32, 1, 3, 3], 1),
    b1: weight([32], 2),
    w2: weight([64, 32, 3, 3], 3),
    b2: weight([64], 4),
    w3: weight([9216, 128], 5),
    b3: weight([128], 6),
    w4: weight([128, 10], 7),
    b4: weight([10], 8),
  },
}

const MATMUL: OnnxModel = {
  name: 'matmul',
  nodes: [{ type: 'MatMul', inputs: ['a', 'b'], output: 'y' }],
  inputs: { a: ['M', 'K'], b: ['K', 'N'] },
  outputs: { y: ['M', 'N'] },
}

function ordered(shape: readonly number[], order: readonly number[]): number[] {
  return order.map((axis) => shape[axis]!)
}

const [xShape, wShape, yShape] = [ordered(CONV2.x, TO_NCHW), ordered(CONV2.filter, TO_OIHW), ordered(CONV2.y, TO_NCHW)]

/** The filter is a constant, so that it is packed once, when the session begins. */
const CONV: OnnxModel = {
  name: 'conv2',
  nodes: [{ type: 'Conv', inputs: ['x', 'w'], output: 'y' }],
  inputs: { x: xShape },
  outputs: { y: yShape },
  weights: { w: { shape: wShape, values: permuted(values(CONV2.filter, 2), CONV2.filter, TO_OIHW) } },
}

const POOL: OnnxModel = {
  name: 'pool',
  nodes: [{ type: 'MaxPool', inputs: ['x'], output: 'y', attributes: { kernel_shape: [2, 2], strides: [2, 2] } }],
  inputs: { x: yShape },
  outputs: { y: [...yShape.slice(0, 2), 12, 12] },
}

/** The files by their names. */
export function onnxFiles(): Record<string, Uint8Array> {
  return Object.fromEntries([LENET, MATMUL, CONV, POOL].map((model) => [`${model.name}.onnx`, writeOnnx(model)]))
}
