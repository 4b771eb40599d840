/** Models of TF.js whose images have their channels first, in quadlane with the channels last: the same numbers. */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FormatError } from '../../src/errors.ts'
import { loadModel, type Tensor, tensor } from '../../src/exports.ts'
import type { ModelArtifacts } from '../../src/formats/model-artifacts.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { uniform } from '../helpers/random.ts'
import { expectRejection } from '../helpers/refusals.ts'

beforeAll(async () => {
  await init({ simd: 'baseline' })
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterAll(shutdown)

const dataFormat = 'channelsFirst'
const conv = (filters: number, inputShape?: number[]): tfl.layers.Layer =>
  tfl.layers.conv2d({ filters, kernelSize: 3, activation: 'relu', dataFormat, ...(inputShape && { inputShape }) })
const dense = (): tfl.layers.Layer => tfl.layers.dense({ units: 4, activation: 'softmax' })

const SHAPE = [3, 8, 7]
const ROWS: Readonly<Record<string, () => tfl.layers.Layer[]>> = {
  'flatten, dense': () => [
    conv(4, SHAPE),
    tfl.layers.maxPooling2d({ poolSize: 2, dataFormat }),
    tfl.layers.flatten(),
    dense(),
  ],
  'flatten that puts the channels last itself': () => [conv(4, SHAPE), tfl.layers.flatten({ dataFormat }), dense()],
  'flatten at the end': () => [conv(4, SHAPE), tfl.layers.flatten()],
  'flatten in front': () => [
    tfl.layers.flatten({ inputShape: SHAPE }),
    tfl.layers.reshape({ targetShape: [3, 8, 7] }),
    conv(2),
  ],
  'dropout between flatten and dense': () => [
    conv(4, SHAPE),
    tfl.layers.flatten(),
    tfl.layers.dropout({ rate: 0.5 }),
    tfl.layers.batchNormalization({}),
    dense(),
  ],
  'reshape to rows': () => [conv(4, SHAPE), tfl.layers.reshape({ targetShape: [120] }), dense()],
  'reshape to an image and back': () => [
    tfl.layers.dense({ units: 60, inputShape: [5] }),
    tfl.layers.reshape({ targetShape: [3, 4, 5] }),
    tfl.layers.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 2, dataFormat }),
    tfl.layers.reshape({ targetShape: [4, 8, 5] }),
    tfl.layers.upSampling2d({ size: [2, 2], dataFormat }),
    tfl.layers.reshape({ targetShape: [16, 40] }),
  ],
  permute: () => [conv(4, SHAPE), tfl.layers.permute({ dims: [3, 1, 2] }), tfl.layers.flatten(), dense()],
}

async function compare(theirs: tfl.LayersModel): Promise<void> {
  let saved: ModelArtifacts | undefined
  await theirs.save({
    save: async (artifacts) => {
      saved = artifacts as unknown as ModelArtifacts
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
    },
  })
  const ours = await loadModel({ load: async () => structuredClone(saved!) })
  ours.setWeights(ours.getWeights())
  const shape = [2, ...theirs.inputs[0]!.shape.slice(1)] as number[]
  const values = uniform(
    shape.reduce((a, b) => a * b, 1),
    7,
  )
  const last = (x: tf.Tensor): tf.Tensor => (x.rank === 4 ? tf.transpose(x, [0, 2, 3, 1]) : x)
  const x = tf.tensor(values, shape)
  const expected = last(theirs.predict(x) as tf.Tensor)
  const given = last(x)
  const output = ours.predict<Tensor>(tensor(given.dataSync() as Float32Array, given.shape))
  expect(output.shape).toEqual(expected.shape)
  const wanted = expected.dataSync()
  const largest = Math.max(...wanted.map(Math.abs))
  output.dataSync().forEach((value, i) => {
    expect(Math.abs(value - wanted[i]!)).toBeLessThanOrEqual(1e-5 * largest)
  })
  expect(ours.notes[0]).toMatch(/channels first/)
  theirs.dispose()
  ours.dispose()
}

describe('channels first', () => {
  it.each(Object.keys(ROWS))('%s', async (what) => {
    await compare(tfl.sequential({ layers: ROWS[what]!() }))
  })

  it('a graph: concatenated channels, a flatten with two takers, a model within', async () => {
    const input = tfl.input({ shape: SHAPE })
    const inner = tfl.sequential({ layers: [conv(4, SHAPE), conv(2)] })
    const [a, b] = [conv(4).apply(input), conv(4).apply(input)] as tfl.SymbolicTensor[]
    const joined = tfl.layers.concatenate({ axis: 1 }).apply([a!, b!]) as tfl.SymbolicTensor
    const flat = tfl.layers.flatten().apply(joined) as tfl.SymbolicTensor
    const alone = tfl.layers.flatten().apply(inner.apply(input) as tfl.SymbolicTensor) as tfl.SymbolicTensor
    const all = tfl.layers.concatenate().apply([flat, alone]) as tfl.SymbolicTensor
    const outputs = [dense().apply(all), dense().apply(flat)] as tfl.SymbolicTensor[]
    const sum = tfl.layers.add().apply(outputs) as tfl.SymbolicTensor
    await compare(tfl.model({ inputs: input, outputs: sum }))
  })

  it('is refused where a layer works along another axis', async () => {
    const config = (layer: object): object => ({
      class_name: 'Sequential',
      config: {
        layers: [
          {
            class_name: 'Conv2D',
            config: {
              name: 'c',
              filters: 1,
              kernel_size: 3,
              data_format: 'channels_first',
              batch_input_shape: [null, 1, 5, 5],
            },
          },
          layer,
        ],
      },
    })
    const refused = (layer: object, received: string): Promise<void> => {
      const bytes = new TextEncoder().encode(JSON.stringify(config(layer)))
      const text = `bytes, layer 'x': expected a layer along the channels, which are first, received ${received}`
      return expectRejection(loadModel(bytes), FormatError, text)
    }
    await refused({ class_name: 'Dense', config: { name: 'x', units: 2 } }, 'Dense')
    await refused({ class_name: 'PReLU', config: { name: 'x' } }, 'PReLU with a slope for each pixel')
    await refused(
      { class_name: 'Activation', config: { name: 'x', activation: 'softmax' } },
      'Activation with a softmax',
    )
  })
})
