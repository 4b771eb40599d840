/** Operators of ONNX that no file of ours has, and what PyTorch's exporter writes for want of one. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FormatError } from '../../src/errors.ts'
import { loadModel, type Tensor, tensor } from '../../src/exports.ts'
import { MessageWriter } from '../../src/formats/protobuf-writer.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectClose } from '../helpers/compare.ts'
import { onnxRuntime, runOnnx } from '../helpers/onnxruntime.ts'
import { hasPython, python } from '../helpers/python.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(async () => {
  await init({ simd: 'baseline' })
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterAll(shutdown)

type Node = readonly [type: string, inputs: string, attributes?: Readonly<Record<string, number | string>>]

/** Nodes in a row, each of which makes `y` and its number; constants by their names. */
function graphOf(
  shape: readonly number[],
  nodes: readonly Node[],
  constants: Readonly<Record<string, readonly number[]>> = {},
  opset = 20,
): Uint8Array {
  const graph = new MessageWriter().text(2, 'graph')
  nodes.forEach(([type, inputs, attributes = {}], i) => {
    const node = new MessageWriter()
    for (const name of inputs.split(' ').filter((each) => each !== '')) node.text(1, name)
    node.text(2, `y${i}`).text(4, type)
    for (const [name, value] of Object.entries(attributes)) {
      const attribute = new MessageWriter().text(1, name)
      if (typeof value === 'string') attribute.text(4, value).integer(20, 3)
      else if (name === 'epsilon') attribute.float(2, value).integer(20, 1)
      else attribute.integer(3, value).integer(20, 2)
      node.message(5, attribute)
    }
    graph.message(1, node)
  })
  for (const [name, values] of Object.entries(constants)) {
    const isInteger = name.startsWith('i')
    const bytes = isInteger ? BigInt64Array.from(values, BigInt) : Float32Array.from(values)
    const sizes = name.endsWith('0') ? [] : [values.length]
    const made = new MessageWriter()
      .integers(1, sizes)
      .integer(2, isInteger ? 7 : 1)
      .text(8, name)
    graph.message(5, made.bytes(9, new Uint8Array(bytes.buffer)))
  }
  const info = (name: string, dims: readonly number[]): MessageWriter => {
    const sizes = new MessageWriter()
    for (const size of dims) sizes.message(1, new MessageWriter().integer(1, size))
    const type = new MessageWriter().integer(1, 1).message(2, sizes)
    return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, type))
  }
  graph.message(11, info('x', shape)).message(12, new MessageWriter().text(1, `y${nodes.length - 1}`))
  const domain = new MessageWriter().text(1, '').integer(2, opset)
  return new MessageWriter().integer(1, 9).text(2, 'test').message(7, graph).message(8, domain).finish()
}

const perm = (values: Float32Array, shape: readonly number[], axes: readonly number[]): Tensor =>
  tensor(values, [...shape]).transpose([...axes])

const CASES: Readonly<Record<string, readonly [shape: readonly number[], bytes: Uint8Array, classes: string]>> = {
  Gelu: [[2, 5], graphOf([2, 5], [['Gelu', 'x']]), 'InputLayer Activation'],
  'Gelu by tanh': [[2, 5], graphOf([2, 5], [['Gelu', 'x', { approximate: 'tanh' }]]), 'InputLayer Activation'],
  GroupNormalization: [
    [2, 6, 3, 2],
    graphOf(
      [2, 6, 3, 2],
      [['GroupNormalization', 'x scale bias', { num_groups: 3, epsilon: 0.01 }]],
      { scale: [1, -2, 0.5, 2, 1.5, -1], bias: [0.5, 0, -1, 1, 2, 3] },
      21,
    ),
    'InputLayer GroupNormalization',
  ],
  'GroupNormalization of opset 18': [
    [2, 6, 3, 2],
    graphOf(
      [2, 6, 3, 2],
      [['GroupNormalization', 'x scale bias', { num_groups: 3, epsilon: 0.01 }]],
      { scale: [1, -2, 0.5], bias: [0.5, 0, -1] },
      18,
    ),
    'InputLayer GroupNormalization',
  ],
  InstanceNormalization: [
    [2, 3, 4, 2],
    graphOf([2, 3, 4, 2], [['InstanceNormalization', 'x scale bias']], { scale: [1, -2, 0.5], bias: [0.5, 0, -1] }),
    'InputLayer GroupNormalization',
  ],
  'Tile of a pixel': [
    [2, 3, 4, 2],
    graphOf(
      [2, 3, 4, 2],
      [
        ['GlobalAveragePool', 'x'],
        ['Tile', 'y0 i'],
        ['Add', 'y1 x'],
      ],
      { i: [1, 1, 4, 2] },
    ),
    'InputLayer GlobalAveragePooling2D Reshape UpSampling2D Add',
  ],
  'Erf among factors in another order': [
    [2, 5],
    graphOf(
      [2, 5],
      [
        ['Mul', 'c0 x'],
        ['Erf', 'y0'],
        ['Add', 'one0 y1'],
        ['Mul', 'half0 y2'],
        ['Mul', 'y3 x'],
      ],
      { c0: [Math.SQRT1_2], one0: [1], half0: [0.5] },
    ),
    'InputLayer Activation',
  ],
}

const ort = onnxRuntime()

describe.skipIf(ort === undefined)('operators', () => {
  it.each(Object.keys(CASES))('%s predicts what ONNX Runtime predicts', async (name) => {
    const [shape, bytes, classes] = CASES[name]!
    const model = await loadModel(bytes)
    expect(model.layers.map(({ className }) => className).join(' ')).toBe(classes)
    const values = uniform(
      shape.reduce((product, size) => product * size, 1),
      5,
      -2,
      2,
    )
    const [expected] = await runOnnx(ort!, bytes, [{ values, shape }])
    const isImage = shape.length === 4
    const y = model.predict<Tensor>(isImage ? perm(values, shape, [0, 2, 3, 1]) : tensor(values, [...shape]))
    expectClose((isImage ? y.transpose([0, 3, 1, 2]) : y).dataSync(), expected!.values, { relative: 1e-5 })
    model.dispose()
  })

  it.each<[name: string, bytes: Uint8Array, refusal: string]>([
    [
      'Erf alone',
      graphOf([2, 5], [['Erf', 'x']]),
      'received Erf — of it quadlane has the gelu alone: x / 2 · (1 + erf(x / √2))',
    ],
    [
      'a gelu with another number',
      graphOf(
        [2, 5],
        [
          ['Div', 'x c0'],
          ['Erf', 'y0'],
          ['Add', 'y1 one0'],
          ['Mul', 'x y2'],
          ['Mul', 'y3 half0'],
        ],
        { c0: [2], one0: [1], half0: [0.5] },
      ),
      'received Erf',
    ],
    ['a sum of nothing', graphOf([2, 5], [['Sum', '']]), "bytes, node 'y0' (Sum): expected an input 1, received 0"],
    [
      'Concat of nothing',
      graphOf([2, 5], [['Concat', '']]),
      "bytes, node 'y0' (Concat): expected an input 1, received 0",
    ],
    [
      'Tile of columns',
      graphOf([2, 5], [['Tile', 'x i']], { i: [1, 2] }),
      "bytes, node 'y0' (Tile): expected one row or one pixel to repeat, received [*, 5], [1, 2] times",
    ],
  ])('%s is refused', async (_, bytes, refusal) => {
    const error = await loadModel(bytes).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(FormatError)
    expect((error as FormatError).message).toContain(refusal)
  })
})

const EXPORT = `
import sys, warnings
import numpy as np, torch, torch.nn as nn
warnings.simplefilter("ignore")
torch.manual_seed(0)
torch.set_num_threads(1)
features = [nn.Conv2d(3, 8, 3), nn.GroupNorm(4, 8), nn.GELU(), nn.InstanceNorm2d(8, affine=True), nn.PReLU(8),
            nn.GroupNorm(2, 8, affine=False), nn.AvgPool2d(2), nn.Flatten()]
model = nn.Sequential(*features, nn.Linear(32, 6), nn.GELU(), nn.PReLU(), nn.Linear(6, 4))
for weights in model.parameters():
    nn.init.normal_(weights, 0.3, 0.5)
x = torch.randn(2, 3, 6, 6)
out = sys.argv[1]
model.eval()(x).detach().numpy().tofile(out + "/y")
np.ascontiguousarray(x.numpy().transpose(0, 2, 3, 1)).tofile(out + "/x")
for opset in (11, 13, 17):
    torch.onnx.export(model, x, f"{out}/{opset}.onnx", opset_version=opset)
`

describe.skipIf(!hasPython('torch', 'numpy'))("what PyTorch's exporter writes", () => {
  it('of groups and gelu is a layer each', async () => {
    const out = mkdtempSync(join(tmpdir(), 'quadlane-export-'))
    try {
      python(EXPORT, [out])
      const floats = (name: string): Float32Array =>
        new Float32Array(new Uint8Array(readFileSync(join(out, name))).buffer)
      for (const opset of [11, 13, 17]) {
        const model = await loadModel(join(out, `${opset}.onnx`))
        const classes = model.layers.map(({ className }) => className).join(' ')
        expect(classes).toBe(
          'InputLayer Conv2D GroupNormalization Activation GroupNormalization PReLU GroupNormalization AveragePooling2D Flatten Dense PReLU Dense',
        )
        const y = model.predict<Tensor>(tensor(floats('x'), [2, 6, 6, 3]))
        expectClose(y.dataSync(), floats('y'), { relative: 1e-5, absolute: 1e-5 })
        model.dispose()
      }
    } finally {
      rmSync(out, { recursive: true, force: true })
    }
  })
})
