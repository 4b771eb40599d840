/** Layers that users write, as TF.js's examples do. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { variableGrads } from '../../src/autograd.ts'
import {
  init,
  initializers,
  input,
  type LayersModel,
  layers,
  loadLayersModel,
  model,
  sequential,
  serialization,
  shutdown,
} from '../../src/exports.ts'
import type { ModelArtifacts } from '../../src/formats/model-artifacts.ts'
import { withSaveHandler } from '../../src/io/handlers.ts'
import { tensor } from '../../src/ops/create.ts'
import { mean } from '../../src/ops/reduce.ts'
import { concat } from '../../src/ops/slices.ts'
import { sum } from '../../src/ops/sum.ts'
import { square } from '../../src/ops/unary.ts'
import type { BatchShape } from '../../src/shape.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** Both halves of relu, side by side, scaled by a weight: written as code for TF.js is. */
class Antirectifier extends layers.Layer {
  static override className = 'Antirectifier'
  readonly startValue: number
  scale: ReturnType<Antirectifier['addWeight']> | undefined

  constructor(config: { startValue?: number }) {
    super(config as object)
    this.startValue = config.startValue ?? 1
  }

  override build(inputShape: BatchShape): void {
    const start = initializers.constant({ value: this.startValue })
    this.scale = this.addWeight('scale', [inputShape[inputShape.length - 1]!], 'float32', start)
    this.built = true
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return [...inputShape.slice(0, -1), 2 * inputShape.at(-1)!]
  }

  call(inputs: Tensor | readonly Tensor[], kwargs: unknown): Tensor {
    let x = inputs
    if (Array.isArray(x)) x = x[0] as Tensor
    this.invokeCallHook(inputs, kwargs)
    return tidy(() => {
      const centred = (x as Tensor).sub(mean(x as Tensor, -1, true)).mul(this.scale!.read())
      return concat([centred.relu(), centred.neg().relu()], -1)
    })
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), startValue: this.startValue, nested: { someList: [1, { deepKey: 'asIs' }] } }
  }
}

/** What TF.js hands to a layer in a model is a list of one. */
class First extends layers.Layer {
  static override className = 'First'

  constructor() {
    super({})
  }

  call(inputs: Tensor | readonly Tensor[]): Tensor {
    const [x] = inputs as readonly Tensor[]
    return square((inputs as readonly Tensor[])[0]!.add(x!))
  }
}

function net(): LayersModel {
  return sequential({
    seed: 4,
    layers: [
      layers.dense({ units: 3, inputShape: [4] }),
      new Antirectifier({ startValue: 2 }),
      layers.dense({ units: 2, activation: 'softmax' }),
    ],
  })
}

async function saved(made: LayersModel): Promise<ModelArtifacts> {
  let artifacts: ModelArtifacts | undefined
  await made.save(
    withSaveHandler(async (given) => {
      artifacts = given
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
    }),
  )
  return artifacts!
}

describe('a layer of your own', () => {
  it('computes by itself, with weights and gradients', () => {
    tidy(() => {
      const layer = new Antirectifier({})
      const x = tensor([1, 2, 3], [1, 3])
      expectClose(layer.apply(x).dataSync(), [0, 0, 1, 1, 0, 0], { absolute: 1e-6 })
      const { grads } = variableGrads(() => sum(layer.apply(x)))
      expect(Object.keys(grads)).toEqual([layer.weights[0]!.name])
      expectClose(grads[layer.weights[0]!.name]!.dataSync(), [1, 0, 1], { absolute: 1e-6 })
      layer.dispose()
    })
  })

  it('trains in a model, which counts and names its weights', async () => {
    const made = net()
    made.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' })
    expect(made.countParams()).toBe(15 + 3 + 14)
    const before = made.getLayer('antirectifier').getWeights()[0]!.dataSync()
    expectSameBits(before, Float32Array.of(2, 2, 2))
    await made.fit(tensor(uniform(32), [8, 4]), tensor([...uniform(16)].map(Math.abs), [8, 2]), { verbose: 0 })
    expect(made.getLayer('antirectifier').getWeights()[0]!.dataSync()).not.toEqual(before)
    made.dispose()
  })

  it('is given what TF.js gives it: a tensor, and a list of one', () => {
    const x = tensor([3], [1, 1])
    const begin = input({ shape: [1] })
    const made = model({ inputs: begin, outputs: new First().apply(begin) })
    expect(made.predict(x).dataSync()).toEqual(Float32Array.of(36))
    expect(new First().apply(x).dataSync()).toEqual(Float32Array.of(36))
    made.dispose()
  })

  it('is found in files once it is registered', async () => {
    const made = net()
    const x = tensor(uniform(12), [3, 4])
    const artifacts = await saved(made)
    const load = (): Promise<LayersModel> => loadLayersModel({ load: async () => structuredClone(artifacts) as never })
    await expect(load()).rejects.toThrow(/received 'Antirectifier' — .*serialization.registerClass/)
    serialization.registerClass(Antirectifier)
    const again = await load()
    expectSameBits(again.predict(x).dataSync(), made.predict(x).dataSync())
    expect((again.layers[1] as Antirectifier).startValue).toBe(2)
    const { config } = (again.toJSON(null, false) as { config: { layers: { config: object }[] } }).config.layers[1]!
    expect(config).toMatchObject({ start_value: 2, nested: { some_list: [1, { deep_key: 'asIs' }] } })
    for (const each of [made, again]) each.dispose()
  })

  it('is refused by the registry where it is no layer, or has no name', () => {
    expect(() => serialization.registerClass(class Other {})).toThrow(
      'serialization.registerClass: expected a class that extends layers.Layer, received function Other',
    )
    class Nameless extends First {}
    expect(() => serialization.registerClass(Nameless)).toThrow(/a class with a static className, received undefined/)
  })
})
