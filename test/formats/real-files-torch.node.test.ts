/** Weights that people published of PyTorch and safetensors, in models made here: predictions are PyTorch's. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type LayersModel, layers, type Sequential, sequential, type Tensor, tensor } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { hasPython, python } from '../helpers/python.ts'
import { uniform } from '../helpers/random.ts'

const FOLDER = process.env.QUADLANE_MODEL_FILES
const SCRIPT = new URL('python/run_torch.py', import.meta.url).pathname
const isReady = FOLDER !== undefined && hasPython('torch', 'numpy')

type Rows = Sequential['layers']

const conv = (filters: number, kernelSize: number, more: object = {}): Rows[number] =>
  layers.conv2d({ filters, kernelSize, activation: 'relu', ...more })
const norm = (): Rows[number] => layers.batchNormalization({ epsilon: 1e-5 })
const pool = (): Rows[number] => layers.maxPooling2d({ poolSize: 2 })
const relu = (units: number, more: object = {}): Rows[number] => layers.dense({ units, activation: 'relu', ...more })
const dense = (): Rows[number] => layers.dense({ units: 10 })
const flat = (): Rows[number] => layers.flatten()

interface Case {
  readonly file: string
  readonly build: () => Rows
  /** The same in PyTorch, and its names for what has weights. */
  readonly modules: string
  readonly names: string
}

const DIGITS = { inputShape: [28, 28, 1] }
const RELU = 'nn.ReLU()'
const POOL = 'nn.MaxPool2d(2)'

const CASES: readonly Case[] = [
  {
    file: 'pytorch/mnist-cnn-pool-torch1.13.pth',
    build: () => [conv(16, 3, DIGITS), pool(), flat(), dense()],
    modules: `nn.Conv2d(1, 16, 3), ${RELU}, ${POOL}, nn.Flatten(), nn.Linear(2704, 10)`,
    names: 'conv,fc',
  },
  {
    file: 'pytorch/cifar-tutorial-net.pth',
    build: () => [
      conv(6, 5, { inputShape: [32, 32, 3] }),
      pool(),
      conv(16, 5),
      pool(),
      flat(),
      relu(120),
      relu(84),
      dense(),
    ],
    modules: `nn.Conv2d(3, 6, 5), ${RELU}, ${POOL}, nn.Conv2d(6, 16, 5), ${RELU}, ${POOL}, nn.Flatten(),
      nn.Linear(400, 120), ${RELU}, nn.Linear(120, 84), ${RELU}, nn.Linear(84, 10)`,
    names: 'conv1,conv2,fc1,fc2,fc3',
  },
  {
    file: 'pytorch/mnist-checkpoint-torch2.pth',
    build: () => [conv(8, 3, DIGITS), pool(), conv(16, 3), pool(), flat(), dense()],
    modules: `nn.Conv2d(1, 8, 3), ${RELU}, ${POOL}, nn.Conv2d(8, 16, 3), ${RELU}, ${POOL}, nn.Flatten(), nn.Linear(400, 10)`,
    names: 'conv1,conv2,fc1',
  },
  {
    file: 'pytorch/mnist-legacy-pickle.pth',
    build: () => [conv(6, 5, DIGITS), pool(), conv(16, 5), pool(), flat(), relu(120), relu(84), dense()],
    modules: `nn.Conv2d(1, 6, 5), ${RELU}, ${POOL}, nn.Conv2d(6, 16, 5), ${RELU}, ${POOL}, nn.Flatten(),
      nn.Linear(256, 120), ${RELU}, nn.Linear(120, 84), ${RELU}, nn.Linear(84, 10)`,
    names: 'conv1,conv2,L1,L2,L3',
  },
  {
    file: 'safetensors/mnist-cnn-torch.safetensors',
    build: () => [conv(10, 3, { ...DIGITS, strides: 4, padding: 'same' }), flat(), dense()],
    modules: `nn.ZeroPad2d((0, 0, 0, 0)), nn.Conv2d(1, 10, 3, stride=4), ${RELU}, nn.Flatten(), nn.Linear(490, 10)`,
    names: 'conv1,fc1',
  },
  {
    file: 'safetensors/mnist-bn-candle.safetensors',
    build: () => [
      conv(4, 3, { ...DIGITS, padding: 'same' }),
      norm(),
      pool(),
      conv(8, 3, { padding: 'same' }),
      norm(),
      pool(),
      conv(16, 3, { padding: 'same' }),
      norm(),
      pool(),
      flat(),
      dense(),
    ],
    modules: `nn.Conv2d(1, 4, 3, padding=1), ${RELU}, nn.BatchNorm2d(4), ${POOL}, nn.Conv2d(4, 8, 3, padding=1), ${RELU},
      nn.BatchNorm2d(8), ${POOL}, nn.Conv2d(8, 16, 3, padding=1), ${RELU}, nn.BatchNorm2d(16), ${POOL}, nn.Flatten(),
      nn.Linear(144, 10)`,
    names: 'conv1,bn1,conv2,bn2,conv3,bn3,fc',
  },
  {
    file: 'safetensors/mnist-bn-tinygrad.safetensors',
    build: () => [
      conv(32, 5, DIGITS),
      conv(32, 5),
      norm(),
      pool(),
      conv(64, 3),
      conv(64, 3),
      norm(),
      pool(),
      flat(),
      dense(),
    ],
    modules: `nn.Conv2d(1, 32, 5), ${RELU}, nn.Conv2d(32, 32, 5), ${RELU}, nn.BatchNorm2d(32), ${POOL}, nn.Conv2d(32, 64, 3), ${RELU},
      nn.Conv2d(64, 64, 3), ${RELU}, nn.BatchNorm2d(64), ${POOL}, nn.Flatten(), nn.Linear(576, 10)`,
    names: 'layers.0,layers.2,layers.4,layers.6,layers.8,layers.10,layers.13',
  },
  {
    file: 'safetensors/mnist-mlp-bn1d.safetensors',
    build: () => [relu(100, { inputShape: [784] }), norm(), relu(40), norm(), dense()],
    modules: `nn.Linear(784, 100), ${RELU}, nn.BatchNorm1d(100), nn.Linear(100, 40), ${RELU}, nn.BatchNorm1d(40), nn.Linear(40, 10)`,
    names: 'Linear-0,BatchNorm1d-1,Linear-2,BatchNorm1d-3,Linear-4',
  },
]

/** Images with their channels first. */
function first(x: Float32Array, shape: readonly number[]): { values: Float32Array; shape: readonly number[] } {
  if (shape.length < 4) return { values: x, shape }
  const turned = tensor(x, shape).transpose([0, 3, 1, 2])
  return { values: turned.dataSync() as Float32Array, shape: turned.shape }
}

function inTorch({ file, modules, names }: Case, x: Float32Array, shape: readonly number[]): Float32Array {
  const out = mkdtempSync(join(tmpdir(), 'quadlane-torch-'))
  try {
    const given = first(x, shape)
    writeFileSync(join(out, 'x'), given.values)
    const code = `[${modules}] #${given.shape.join()}`.replace(/\n\s*/g, ' ')
    python(SCRIPT, [join(FOLDER!, file), code, names, join(out, 'x'), join(out, 'y')])
    return new Float32Array(new Uint8Array(readFileSync(join(out, 'y'))).buffer)
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

describe.skipIf(!isReady)('published weights in PyTorch (QUADLANE_MODEL_FILES)', () => {
  beforeAll(async () => {
    await init({ simd: 'baseline' })
    vi.spyOn(console, 'warn').mockImplementation(() => {})
  })
  afterAll(shutdown)

  it.each(CASES)('$file', async (given) => {
    const model: LayersModel = sequential({ layers: [...given.build()] })
    await model.loadWeights(join(FOLDER!, given.file))
    const shape = [3, ...model.inputs[0]!.shape.slice(1)] as number[]
    const x = uniform(
      shape.reduce((product, size) => product * size, 1),
      5,
    )
    const expected = inTorch(given, x, shape)
    const output = model.predict<Tensor>(tensor(x, shape)).dataSync()
    expect(output.length).toBe(expected.length)
    const largest = Math.max(...expected.map(Math.abs))
    output.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-5 * largest)
    })
    model.dispose()
  })
})

/** Weights of Keras alone, each with the layers that they are for and how many outputs these have. */
const KERAS: readonly (readonly [file: string, size: number, steps: string, theano: boolean])[] = [
  ['weights-only-keras0-channels-first.h5', 28, 'conv:32 relu conv:32 relu pool flat dense:10', true],
  ['weights-only-keras1.h5', 28, 'same:4 relu same:4 relu pool flat dense:6 relu dense:10', true],
  ['weights-only-conv2d-k2.0.0/KERAS_conv2d_model_weights.h5', 8, 'same:2 relu flat dense:10', false],
  [
    'weights-only-lenet5-k2.6.0.h5',
    32,
    'conv5:6 relu pool conv5:16 relu pool conv5:120 relu flat dense:84 relu dense:10',
    false,
  ],
]

/** Theano's kernels are [outputs, inputs, rows, columns], and its convolutions turn them by half. */
const RUN_KERAS = `
import re, sys
import h5py, numpy as np, torch, torch.nn.functional as F
path, size, steps, theano, source, target = sys.argv[1:]
pairs = {}
def visit(name, node):
    if isinstance(node, h5py.Dataset):
        pairs.setdefault(name.split("/")[0], []).append(np.asarray(node))
h5py.File(path, "r").visititems(visit)
number = lambda name: [int(n) for n in re.findall(r"\\d+", name)][-1]
kinds = {True: [], False: []}
for name in sorted(pairs, key=number):
    bias, kernel = sorted(pairs[name], key=lambda values: values.ndim)
    kinds[kernel.ndim == 4].append((torch.from_numpy(kernel), torch.from_numpy(bias)))
x = torch.from_numpy(np.fromfile(source, "<f4")).reshape(-1, int(size), int(size), 1).permute(0, 3, 1, 2)
for step in re.sub(r":\\d+", "", steps).split():
    if step in ("conv", "conv5", "same"):
        kernel, bias = kinds[True].pop(0)
        kernel = kernel.flip(2, 3) if theano == "true" else kernel.permute(3, 2, 0, 1)
        x = F.conv2d(x, kernel, bias, padding=step if step == "same" else 0)
    elif step == "dense":
        kernel, bias = kinds[False].pop(0)
        x = x @ kernel + bias
    elif step == "flat":
        x = (x if theano == "true" else x.permute(0, 2, 3, 1)).flatten(1)
    else:
        x = F.relu(x) if step == "relu" else F.max_pool2d(x, 2)
x.contiguous().numpy().astype("<f4").tofile(target)
`

describe.skipIf(!isReady || !hasPython('h5py'))('published weights of Keras (QUADLANE_MODEL_FILES)', () => {
  beforeAll(async () => {
    await init({ simd: 'baseline' })
    vi.spyOn(console, 'warn').mockImplementation(() => {})
  })
  afterAll(shutdown)

  it.each(KERAS)('%s', async (file, size, steps, theano) => {
    const out = mkdtempSync(join(tmpdir(), 'quadlane-weights-'))
    const path = join(FOLDER!, 'h5', file)
    try {
      const words = steps.split(' ')
      const rows = words.flatMap((word, i): Rows => {
        const [kind, count] = word.split(':')
        const first = i === 0 ? { inputShape: [size, size, 1] } : {}
        const activation = words[i + 1] === 'relu' ? 'relu' : 'linear'
        if (kind === 'relu') return []
        if (kind === 'pool') return [pool()]
        if (kind === 'flat') return [flat()]
        if (kind === 'dense') return [layers.dense({ units: Number(count), activation })]
        const padding = kind === 'same' ? 'same' : 'valid'
        return [conv(Number(count), kind === 'conv5' ? 5 : 3, { padding, activation, ...first })]
      })
      const model = sequential({ layers: rows })
      await model.loadWeights(path)
      const values = uniform(2 * size * size, 3)
      writeFileSync(join(out, 'x'), values)
      python(RUN_KERAS, [path, `${size}`, steps, `${theano}`, join(out, 'x'), join(out, 'y')])
      const expected = new Float32Array(new Uint8Array(readFileSync(join(out, 'y'))).buffer)
      const y = model.predict<Tensor>(tensor(values, [2, size, size, 1])).dataSync()
      const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
      expect(y.length).toBe(expected.length)
      y.forEach((value, i) => {
        expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-5 * largest)
      })
      model.dispose()
    } finally {
      rmSync(out, { recursive: true, force: true })
    }
  })
})
