/** What quadlane writes as ONNX: ONNX Runtime predicts the same from it, and so does quadlane once it has read it. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ACTIVATION_NAMES } from '../../src/activations/table.ts'
import { FormatError } from '../../src/errors.ts'
import { layers, loadModel, sequential } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { FORMAT_MODELS, type FormatModel, outputsOf, samplesFor, shaken } from '../helpers/format-models.ts'
import { onnxRuntime, runOnnx } from '../helpers/onnxruntime.ts'

const ort = onnxRuntime()

/** What ONNX is not written for, and what the refusal names. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  UnitNormalization: /received UnitNormalization$/,
  'UnitNormalization along two axes': /received UnitNormalization$/,
  'CenterCrop of smaller images': /received a crop of images that are smaller/,
  CategoryEncoding: /received CategoryEncoding$/,
  'CategoryEncoding, one-hot': /received CategoryEncoding$/,
  Dot: /received Dot$/,
  'Dot of matrices, normalized': /received Dot$/,
  'LayerNormalization over two axes': /received normalization of the axes \[1, 3\]$/,
  'ReLU with everything': /received a ReLU with a threshold$/,
  RandomCrop: /received RandomCrop$/,
  'Resizing, cropped': /received a Resizing that keeps proportions$/,
  'Resizing, padded': /received a Resizing that keeps proportions$/,
}

/** What quadlane takes with its channels last, since an operator that wants them first gets it as it is. */
const TURNED: readonly string[] = [
  'BatchNormalization of another axis, without scale',
  'Conv1D in groups, channels first',
  'Conv2D with regularizers and constraints, channels first',
  'Permute',
]

/** What no layer is read from. */
const UNREAD: Readonly<Record<string, RegExp>> = {
  'Normalization over two axes, inverse': /expected a constant for each channel/,
}

const plainName = (name: string): string => name.replace(/, behind a convolution$/, '')

const CASES: Readonly<Record<string, FormatModel>> = {
  ...FORMAT_MODELS,
  'Resizing of images of any size': {
    make: (seed) =>
      sequential({
        layers: [
          layers.resizing({ height: 4, width: 9, inputShape: [null, null, 3] }),
          layers.conv2d({ filters: 2, kernelSize: 3 }),
        ],
        seed,
      }),
  },
  ...Object.fromEntries(
    ACTIVATION_NAMES.map((activation): [string, FormatModel] => [
      `activation ${activation}`,
      { make: (seed) => sequential({ layers: [layers.dense({ units: 9, activation, inputShape: [7] })], seed }) },
    ]),
  ),
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length)
  const largest = Math.max(...Array.from(expected, Math.abs))
  const worst = Math.max(...Array.from(expected, (value, i) => Math.abs(value - actual[i]!)))
  expect(worst).toBeLessThanOrEqual(1e-5 * largest)
}

beforeAll(async () => {
  await init({ simd: 'baseline' })
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterAll(shutdown)

describe.skipIf(ort === undefined)('ONNX', () => {
  it.each(Object.keys(CASES))('%s', async (name) => {
    const given = CASES[name]!
    const model = shaken(given.make(1))
    if (plainName(name) in REFUSED) {
      const error = await model.toONNX().catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(FormatError)
      expect((error as FormatError).message).toMatch(REFUSED[plainName(name)]!)
      return
    }
    const bytes = await model.toONNX()
    const inputs = samplesFor(model, given)
    const expected = outputsOf(model, inputs)
    const results = await runOnnx(ort!, bytes, inputs)
    expected.forEach((output, i) => {
      expect(results[i]!.shape).toEqual([...output.shape])
      expectClose(results[i]!.values, output.dataSync())
    })
    model.dispose()
  })

  const read = Object.keys(CASES).filter((name) => !(plainName(name) in REFUSED) && !TURNED.includes(plainName(name)))

  it.each(read)('%s, read again', async (name) => {
    const given = CASES[name]!
    const model = shaken(given.make(1))
    if (plainName(name) in UNREAD) {
      const error = await loadModel(await model.toONNX()).catch((thrown: unknown) => thrown)
      expect((error as FormatError).message).toMatch(UNREAD[plainName(name)]!)
      return
    }
    const loaded = await loadModel(await model.toONNX())
    const inputs = samplesFor(model, given)
    const outputs = outputsOf(loaded, inputs)
    outputsOf(model, inputs).forEach((output, i) => {
      expectClose(outputs[i]!.dataSync(), output.dataSync())
    })
    model.dispose()
    loaded.dispose()
  })
})
