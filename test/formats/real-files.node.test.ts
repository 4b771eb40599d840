/**
 * Files that people published: each is loaded, or refused with the name of what quadlane does not have. Predictions are
 * those of TF.js's layers with the same configuration and weights, and of ONNX Runtime.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FormatError } from '../../src/errors.ts'
import { type LayersModel, loadModel, type Tensor, tensor } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { onnxRuntime } from '../helpers/onnxruntime.ts'

const FOLDER = process.env.QUADLANE_MODEL_FILES

interface Entry {
  readonly file: string
  readonly expect: 'model' | 'refuse' | 'weights'
}

function entries(kind: string): Entry[] {
  if (FOLDER === undefined) return []
  return JSON.parse(readFileSync(join(FOLDER, kind, 'index.json'), 'utf8')) as Entry[]
}

/** Values that differ, of both signs. */
function inputOf(shape: readonly number[]): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1)
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898 + 1) * 0.8)
}

function nchw(values: Float32Array, [n, h, w, c]: readonly number[]): Float32Array {
  const turned = new Float32Array(values.length)
  let from = 0
  for (let i = 0; i < n!; i++)
    for (let y = 0; y < h!; y++)
      for (let x = 0; x < w!; x++)
        for (let k = 0; k < c!; k++) turned[((i * c! + k) * h! + y) * w! + x] = values[from++]!
  return turned
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length)
  const largest = Math.max(1e-3, ...Array.from(expected, Math.abs))
  for (let i = 0; i < expected.length; i++) {
    if (Math.abs(actual[i]! - expected[i]!) > 1e-5 * largest) {
      throw new Error(`value ${i}: expected ${expected[i]}, received ${actual[i]}, largest ${largest}`)
    }
  }
}

/** Refusals of layers that may yet come have their name. */
async function loaded(path: string): Promise<LayersModel | FormatError> {
  try {
    return await loadModel(path)
  } catch (error) {
    if (error instanceof FormatError) return error
    throw error
  }
}

describe.skipIf(FOLDER === undefined)('published files (QUADLANE_MODEL_FILES)', () => {
  beforeAll(async () => {
    await init({ simd: 'baseline' })
    vi.spyOn(console, 'warn').mockImplementation(() => {})
  })
  afterAll(shutdown)

  for (const kind of ['keras', 'h5', 'layers-model', 'onnx', 'pytorch', 'safetensors']) {
    it.each(entries(kind))(`${kind}: $file`, async ({ file, expect: expected }) => {
      const result = await loaded(join(FOLDER!, kind, file))
      if (result instanceof FormatError) {
        if (expected === 'weights') expect(result.message).toMatch(/received weights alone, of/)
        else if (expected === 'model') throw result
        // A layer or an operator by its name.
        else expect(result.message).toMatch(/received '?[\w.>]+|received the (class|operation) /)
        return
      }
      expect(expected).toBe('model')
      result.dispose()
    })
  }

  const ort = onnxRuntime()
  it.skipIf(ort === undefined).each(entries('onnx').filter((entry) => entry.expect === 'model'))(
    'ONNX Runtime predicts as quadlane does: $file',
    async ({ file }) => {
      const path = join(FOLDER!, 'onnx', file)
      const model = await loadModel(path)
      const session = await ort!.InferenceSession.create(path)
      const batch = file.startsWith('lenet5') ? 10 : 1
      const shape = model.inputs[0]!.shape.map((size) => size ?? batch)
      const values = inputOf(shape)
      const first = model.notes.some((note) => note.startsWith('input'))
      const dims = first ? [shape[0]!, shape[3]!, shape[1]!, shape[2]!] : shape
      const given = new ort!.Tensor('float32', first ? nchw(values, shape) : values, dims)
      const results = await session.run({ [session.inputNames[0]!]: given })
      const output = model.predict<Tensor>(tensor(values, shape))
      const own = output.dataSync() as Float32Array
      const isTurned = model.notes.some((note) => note.startsWith('output') && note.includes('channels last'))
      expectClose(isTurned ? nchw(own, output.shape) : own, results[session.outputNames[0]!]!.data)
      model.dispose()
    },
  )

  it('reads weights that lie beside a configuration', async () => {
    const folder = join(FOLDER!, 'h5', 'weights-only-conv2d-k2.0.0')
    if (!existsSync(folder)) return
    const [json] = readdirSync(folder).filter((name) => name.endsWith('.json'))
    const model = await loadModel(join(folder, json!))
    expect(await model.loadWeights(join(folder, 'KERAS_conv2d_model_weights.h5'))).toEqual([])
    model.dispose()
  })
})
