/** Graphs that make no sense, by the names of their layers; and steps that fail, which leave a model as it was. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init, input, type LayersModel, layers, model, shutdown, train } from '../../src/exports.ts'
import { modelFromConfig } from '../../src/model/from-config.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

describe('a graph that does not fit', () => {
  it('says of merges which way each input comes', () => {
    const x = input({ shape: [4, 4, 3], name: 'x' })
    const left = layers.conv2d({ filters: 2, kernelSize: 3, name: 'left' }).apply(x)
    const right = layers.conv2d({ filters: 2, kernelSize: 1, name: 'right' }).apply(x)
    expect(() => layers.add({ name: 'sum' }).apply([left, right])).toThrow(
      /^sum: expected .*, received \[\[\*, 2, 2, 2\], \[\*, 4, 4, 2\]\], by way of x -> left and x -> right/,
    )
    expect(() => layers.concatenate({ name: 'joined', axis: -1 }).apply([left, right])).toThrow(
      /^joined: .*by way of x -> left and x -> right/,
    )
  })

  it('says of a layer which way its input comes', () => {
    const x = input({ shape: [4, 4, 3], name: 'x' })
    const small = layers.maxPooling2d({ poolSize: 4, name: 'small' }).apply(x)
    expect(() => layers.conv2d({ filters: 1, kernelSize: 3, name: 'conv' }).apply(small)).toThrow(
      /^conv: .*by way of x -> small/,
    )
  })

  it('refuses one layer in two models of different inputs', () => {
    const shared = layers.dense({ units: 2, name: 'shared' })
    const first = input({ shape: [3], name: 'first' })
    const built = model({ inputs: first, outputs: shared.apply(first) })
    const second = input({ shape: [5], name: 'second' })
    expect(() => shared.apply(second)).toThrow(
      'shared: expected input [*, 3], for which it was built, received [*, 5] — make a layer of its own for each place',
    )
    expect(built.outputs[0]!.shape).toEqual([null, 2])
  })

  it('refuses a cycle in a file', () => {
    const dense = (name: string, from: string): object => ({
      class_name: 'Dense',
      name,
      config: { name, units: 2 },
      inbound_nodes: [[[from, 0, 0, {}]]],
    })
    const config = {
      name: 'looped',
      layers: [
        { class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_input_shape: [null, 2] }, inbound_nodes: [] },
        {
          class_name: 'Add',
          name: 'sum',
          config: { name: 'sum' },
          inbound_nodes: [
            [
              ['x', 0, 0, {}],
              ['b', 0, 0, {}],
            ],
          ],
        },
        dense('a', 'sum'),
        dense('b', 'a'),
      ],
      input_layers: [['x', 0, 0]],
      output_layers: [['b', 0, 0]],
    }
    expect(() => modelFromConfig('model.json', { class_name: 'Model', config })).toThrow(
      "model.json, layer 'sum': expected inputs from 'x', 'b', received a cycle or a node that is not there",
    )
  })
})

const N = 12
const xs = uniform(N * 48, 1)
const ys = Float32Array.from({ length: N }, (_, i) => i % 3)

function network(optimizer = train.momentum(0.05, 0.9)): LayersModel {
  const x = input({ shape: [4, 4, 3] })
  const a = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }).apply(x)
  const b = layers.batchNormalization({ momentum: 0.5 }).apply(a)
  const joined = layers.add().apply([layers.reLU().apply(b), a])
  const made = model({
    inputs: x,
    outputs: layers.dense({ units: 3, activation: 'softmax' }).apply(layers.flatten().apply(joined)),
    seed: 4,
  })
  made.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
  return made
}

function stateOf(made: LayersModel): unknown {
  const weights = made.getWeights().map((weight) => [...weight.dataSync()])
  return { weights, iterations: made.optimizer!.iterations }
}

async function slotsOf(made: LayersModel): Promise<number[][]> {
  return (await made.optimizer!.getWeights()).map(({ tensor }) => [...tensor.dataSync()])
}

describe('a step that fails leaves weights, running statistics and optimizer as they were', () => {
  const withNaN = Float32Array.from(xs)
  withNaN[50] = Number.NaN

  it.each([
    ['a NaN in the data', (made: LayersModel) => made.fit(withNaN, ys, { batchSize: N }), 'NaN'],
    [
      'a class that there is not',
      (made: LayersModel) =>
        made.fit(
          xs,
          ys.map((y) => y * 3),
          { batchSize: N },
        ),
      'from 0 to 2',
    ],
    [
      'weights for a class that there is not',
      (made: LayersModel) => made.fit(xs, ys, { batchSize: N, classWeight: { 0: 1, 7: 2 } }),
      'received 7',
    ],
    ['targets of another shape', (made: LayersModel) => made.fit(xs, uniform(N * 2, 3), { batchSize: N }), 'fit'],
  ])('%s', async (_, run, text) => {
    const made = network()
    await made.fit(xs, ys, { batchSize: N, epochs: 2 })
    const [before, slots] = [stateOf(made), await slotsOf(made)]
    await expect(run(made)).rejects.toThrow(text)
    expect(stateOf(made)).toEqual(before)
    expect(await slotsOf(made)).toEqual(slots)
    // It goes on as one that never failed.
    await made.fit(xs, ys, { batchSize: N, epochs: 1, shuffle: false })
    const other = network()
    await other.fit(xs, ys, { batchSize: N, epochs: 2 })
    await other.fit(xs, ys, { batchSize: N, epochs: 1, shuffle: false })
    expect(stateOf(made)).toEqual(stateOf(other))
  })

  it('a schedule that gives NaN', async () => {
    const made = network(
      train.momentum({ learningRate: (step: number) => (step < 2 ? 0.05 : Number.NaN), momentum: 0.9 }),
    )
    await made.fit(xs, ys, { batchSize: N, epochs: 2 })
    const [before, slots] = [stateOf(made), await slotsOf(made)]
    await expect(made.fit(xs, ys, { batchSize: N })).rejects.toThrow(
      'Momentum: expected the schedule to give a finite learning rate of at least 0, received NaN at step 2',
    )
    expect(stateOf(made)).toEqual(before)
    expect(await slotsOf(made)).toEqual(slots)
  })
})
