/** Layers that draw random numbers by a seed of their own. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init, layers, sequential, shutdown } from '../../src/exports.ts'
import type { CallContext, Layer } from '../../src/layers/layer.ts'
import { tensor } from '../../src/ops/create.ts'
import type { Tensor } from '../../src/tensor.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const RANDOM: Readonly<Record<string, (seed?: number) => Layer>> = {
  dropout: (seed) => layers.dropout({ rate: 0.5, ...seeded(seed) }),
  spatialDropout2d: (seed) => layers.spatialDropout2d({ rate: 0.5, ...seeded(seed) }),
  gaussianNoise: (seed) => layers.gaussianNoise({ stddev: 1, ...seeded(seed) }),
  gaussianDropout: (seed) => layers.gaussianDropout({ rate: 0.5, ...seeded(seed) }),
  randomTranslation: (seed) => layers.randomTranslation({ heightFactor: 0.3, widthFactor: 0.3, ...seeded(seed) }),
}

function seeded(seed: number | undefined): { seed?: number } {
  return seed === undefined ? {} : { seed }
}

const SHAPE = [2, 6, 6, 3] as const
const values = (): Tensor => tensor(uniform(216), SHAPE)

/** Keeps what it is given while a model trains. */
class Witness extends layers.Layer {
  static override className = 'Witness'
  readonly seen: string[] = []

  call(x: Tensor, { training }: CallContext): Tensor {
    if (training) this.seen.push(x.dataSync().join())
    return x
  }
}

/** What the layer makes in each of three steps of training a model. */
async function steps(layer: Layer, seed: number): Promise<string[]> {
  const witness = new Witness({})
  const row = [layers.inputLayer({ inputShape: SHAPE.slice(1) }), layer, witness, layers.flatten()]
  const model = sequential({ seed, layers: [...row, layers.dense({ units: 1 })] })
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  for (let step = 0; step < 3; step++) await model.trainOnBatch(values(), tensor([[0], [1]]))
  return witness.seen
}

describe.for(Object.entries(RANDOM))('%s with a seed of its own', ([, make]) => {
  it('draws the same in each pass by hand, and not the same in two', () => {
    const passes = (layer: Layer): string[] =>
      [1, 2, 3].map(() => (layer.apply(values(), { training: true }) as Tensor).dataSync().join())
    const first = passes(make(5))
    expect(new Set(first).size).toBe(3)
    expect(passes(make(5))).toEqual(first)
    expect(passes(make(6))).not.toEqual(first)
    expect(passes(make())).not.toEqual(passes(make()))
  })

  it('draws the same in each step of training, whatever the seed of the model', async () => {
    const first = await steps(make(5), 1)
    expect(new Set(first).size).toBe(3)
    expect(await steps(make(5), 2)).toEqual(first)
    expect(await steps(make(6), 1)).not.toEqual(first)
    expect(await steps(make(), 1)).toEqual(await steps(make(), 1))
    expect(await steps(make(), 1)).not.toEqual(await steps(make(), 2))
  })
})
