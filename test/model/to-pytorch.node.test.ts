/** What quadlane writes for PyTorch: PyTorch predicts the same, trains with the same losses, and its weights come back. */

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FormatError } from '../../src/errors.ts'
import { type LayersModel, layers, sequential, tensor, train } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { toPyTorch } from '../../src/model/to-pytorch.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { FORMAT_MODELS, type Given, outputsOf, samplesFor, shaken } from '../helpers/format-models.ts'
import { hasPython, python } from '../helpers/python.ts'
import { uniform } from '../helpers/random.ts'

const isReady = hasPython('torch', 'numpy')

/** What there is no counterpart of, and what the refusal names. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  UnitNormalization: /received UnitNormalization$/,
  'UnitNormalization along two axes': /received UnitNormalization$/,
  CategoryEncoding: /received CategoryEncoding$/,
  'CategoryEncoding, one-hot': /received CategoryEncoding$/,
  CenterCrop: /received CenterCrop$/,
  'CenterCrop of smaller images': /received CenterCrop$/,
  Dot: /received Dot$/,
  'Dot of matrices, normalized': /received Dot$/,
  'LayerNormalization over two axes': /received normalization of the axes/,
  Normalization: /received Normalization$/,
  'Normalization over two axes, inverse': /received Normalization$/,
  'PReLU for each element': /received PReLU with a slope for each pixel$/,
  'ReLU with everything': /received a ReLU with a threshold$/,
  RandomCrop: /received RandomCrop$/,
  'Resizing, cropped': /received a Resizing that keeps proportions/,
  'Resizing, padded': /received a Resizing that keeps proportions/,
}

const plainName = (name: string): string => name.replace(/, behind a convolution$/, '')
const folder = mkdtempSync(join(tmpdir(), 'quadlane-pytorch-'))

beforeAll(async () => {
  await init({ simd: 'baseline' })
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  shutdown()
})

function isSequence(model: LayersModel): boolean {
  return model.graph.steps.some(({ layer }) => /^(\w*Conv1D\w*|\w+Pooling1D)$/.test(layer.className))
}

/** With the channels first where the model wants them so. */
function turned(model: LayersModel, { values, shape }: Given, back = false): Given {
  const isImage = shape.length === 4 || (shape.length === 3 && isSequence(model))
  if (!isImage) return { values, shape }
  const perm = shape.length === 4 ? (back ? [0, 2, 3, 1] : [0, 3, 1, 2]) : [0, 2, 1]
  const result = tensor(values, shape).transpose(perm)
  return { values: result.dataSync() as Float32Array, shape: [...result.shape] }
}

function write(name: string, model: LayersModel): string {
  const out = join(folder, name.replace(/\W+/g, '_'))
  mkdirSync(out, { recursive: true })
  for (const [file, bytes] of Object.entries(toPyTorch(model).files)) writeFileSync(join(out, file), bytes)
  return out
}

/** Predicts with each folder's model, in one process. */
const PREDICT = `
import importlib.util, json, sys
import numpy as np, torch
torch.set_num_threads(1)
for folder in json.load(open(sys.argv[1])):
    spec = importlib.util.spec_from_file_location("model", folder + "/model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.load(folder + "/model.pt").eval()
    shapes = json.load(open(folder + "/shapes.json"))
    inputs = [torch.from_numpy(np.fromfile(f"{folder}/x{i}", "<f4").reshape(shape)) for i, shape in enumerate(shapes)]
    with torch.no_grad():
        outputs = (model.predict if hasattr(model, "predict") else model)(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    for i, y in enumerate(outputs):
        y.contiguous().numpy().astype("<f4").tofile(f"{folder}/y{i}")
    json.dump([list(y.shape) for y in outputs], open(folder + "/outputs.json", "w"))
`

function floats(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer)
}

describe.skipIf(!isReady)('PyTorch', () => {
  it('predicts the same, and its weights come back to the bit', async () => {
    const made: { name: string; model: LayersModel; inputs: Given[]; out: string }[] = []
    for (const [name, given] of Object.entries(FORMAT_MODELS)) {
      const model = shaken(given.make(1))
      const wanted = REFUSED[plainName(name)]
      if (wanted !== undefined) {
        expect(() => toPyTorch(model), name).toThrow(FormatError)
        expect(() => toPyTorch(model), name).toThrow(wanted)
        continue
      }
      const inputs = samplesFor(model, given)
      const out = write(name, model)
      const theirs = inputs.map((each) => turned(model, each))
      for (const [i, { values }] of theirs.entries()) writeFileSync(join(out, `x${i}`), values)
      writeFileSync(join(out, 'shapes.json'), JSON.stringify(theirs.map(({ shape }) => shape)))
      made.push({ name, model, inputs, out })
    }
    writeFileSync(join(folder, 'all.json'), JSON.stringify(made.map(({ out }) => out)))
    python(PREDICT, [join(folder, 'all.json')])
    const wrong: string[] = []
    for (const { name, model, inputs, out } of made) {
      const shapes = JSON.parse(readFileSync(join(out, 'outputs.json'), 'utf8')) as number[][]
      outputsOf(model, inputs).forEach((output, i) => {
        const expected = output.dataSync() as Float32Array
        const actual = turned(model, { values: floats(join(out, `y${i}`)), shape: shapes[i]! }, true)
        const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
        const worst = expected.reduce((max, value, j) => Math.max(max, Math.abs(value - actual.values[j]!)), 0)
        if (!(worst <= 1e-5 * largest) || actual.shape.join() !== output.shape.join()) {
          wrong.push(`${name}: ${worst} of ${largest}, ${actual.shape.join()} for ${output.shape.join()}`)
        }
      })
      const other = FORMAT_MODELS[name]!.make(2)
      if (model.weights.length > 0) {
        const notes = await other.loadWeights(join(out, 'model.pt')).catch((error: Error) => [error.message])
        other.makeWeights()
        if (notes.length > 0) wrong.push(`${name}: ${notes.join('; ')}`)
        const same = model.weights.every((weight, i) => {
          const [a, b] = [weight, other.weights[i]!].map(({ variable }) => variable.dataSync())
          return a!.every((value, j) => value === b![j])
        })
        if (!same) wrong.push(`${name}: other weights`)
      }
    }
    expect(wrong).toEqual([])
  }, 240_000)

  it.each(['adam', 'momentum'])(
    'trains with the losses of quadlane, on one process and on two: %s',
    async (name) => {
      const STEPS = 20
      const SIZE = 12
      const make = (seed: number): LayersModel => {
        const model = sequential({
          layers: [
            layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [SIZE, SIZE, 1] }),
            layers.maxPooling2d({ poolSize: 2 }),
            layers.flatten(),
            layers.dense({ units: 16, activation: 'tanh' }),
            layers.dense({ units: 5, activation: 'softmax' }),
          ],
          seed,
        })
        const optimizer =
          name === 'adam' ? train.adam(0.01) : train.momentum({ learningRate: 0.05, momentum: 0.9, useNesterov: true })
        model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
        return model
      }
      const model = make(3)
      const count = STEPS * 32
      const pixels = Uint8Array.from(uniform(count * SIZE * SIZE, 9, 0, 255))
      const labels = Uint8Array.from(uniform(count, 10, 0, 5))
      const data = join(folder, `data-${name}`)
      mkdirSync(data)
      const idx = (values: Uint8Array, ...shape: number[]): Uint8Array => {
        const head = new DataView(new ArrayBuffer(4 + 4 * shape.length))
        head.setUint32(0, 0x800 + shape.length)
        shape.forEach((size, i) => head.setUint32(4 + 4 * i, size))
        return Buffer.concat([new Uint8Array(head.buffer), values])
      }
      for (const part of ['train', 't10k']) {
        writeFileSync(join(data, `${part}-images-idx3-ubyte`), idx(pixels, count, SIZE, SIZE))
        writeFileSync(join(data, `${part}-labels-idx1-ubyte`), idx(labels, count))
      }
      const out = write(`training ${name}`, model)
      const losses: number[] = []
      for (let step = 0; step < STEPS; step++) {
        const [begin, end] = [step * 32, step * 32 + 32]
        const x = Float32Array.from(pixels.subarray(begin * SIZE * SIZE, end * SIZE * SIZE), (value) => value / 255)
        const loss = await model.trainOnBatch(
          tensor(x, [32, SIZE, SIZE, 1]),
          tensor([...labels.subarray(begin, end)], [32]),
        )
        losses.push(loss as number)
      }
      const run = (env: Record<string, string>, weights: string): Promise<string> => {
        const args = [
          '--data',
          data,
          '--in-order',
          '--steps',
          `${STEPS}`,
          '--log-every',
          '1',
          '--out',
          join(out, weights),
        ]
        const child = spawn('/usr/bin/python3', [join(out, 'train.py'), ...args], {
          env: { ...process.env, OMP_NUM_THREADS: '1', ...env },
        })
        let [stdout, stderr] = ['', '']
        child.stdout.on('data', (chunk) => (stdout += chunk))
        child.stderr.on('data', (chunk) => (stderr += chunk))
        return new Promise((resolve, reject) => {
          child.on('close', (code) => (code === 0 ? resolve(stdout) : reject(new Error(stderr))))
        })
      }
      const told = (text: string): number[] => [...text.matchAll(/loss ([\d.]+)/g)].map(([, loss]) => Number(loss))
      const expectSame = (theirs: number[]): void => {
        expect(theirs.length).toBe(STEPS)
        theirs.forEach((loss, i) => expect(Math.abs(loss - losses[i]!)).toBeLessThan(1e-4))
      }
      const one = await run({}, 'one.pt')
      expectSame(told(one))
      expect(one).toMatch(/^epoch 1: accuracy 0\.\d{4}$/m)
      const port = `${20000 + (process.pid % 20000)}`
      const shared = { WORLD_SIZE: '2', MASTER_ADDR: '127.0.0.1', MASTER_PORT: port }
      const [first, second] = await Promise.all(['0', '1'].map((RANK) => run({ ...shared, RANK }, 'two.pt')))
      expectSame(told(first!))
      expect(second).toBe('')
      for (const weights of ['one.pt', 'two.pt']) {
        const trained = make(4)
        expect(await trained.loadWeights(join(out, weights))).toEqual([])
        trained.makeWeights()
        trained.weights.forEach(({ variable }, i) => {
          const ours = model.weights[i]!.variable.dataSync()
          variable.dataSync().forEach((value, j) => expect(Math.abs(value - ours[j]!)).toBeLessThan(2e-3))
        })
        trained.dispose()
      }
      expect(losses.at(-1)).not.toBe(losses[0])
      model.dispose()
    },
    240_000,
  )
})
