/** What optimizers do with gradients before they use them, whose they take, and their state as tensors. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layers, type Optimizer, sequential, tensor1d, train, variable, variableGrads } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import type { Variable } from '../../src/tensor.ts'
import { expectClose, expectSameBits } from '../helpers/compare.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** What is subtracted from two variables by a step of gradients (3, 4) and (12, 0). */
function stepOf(args: object): number[] {
  const [v, w] = [variable(tensor1d([0, 0])), variable(tensor1d([0, 0]))]
  train.sgd({ learningRate: 1, ...args }).apply([v, w], [tensor1d([3, 4]), tensor1d([12, 0])])
  return [...v.dataSync(), ...w.dataSync()].map((x) => -x)
}

describe('clipping', () => {
  it.each([
    [{}, [3, 4, 12, 0]],
    [{ clipValue: 3.5 }, [3, 3.5, 3.5, 0]],
    [{ clipNorm: 2.5 }, [1.5, 2, 2.5, 0]],
    [{ clipNorm: 10 }, [3, 4, 10, 0]],
    [{ globalClipNorm: 6.5 }, [1.5, 2, 6, 0]],
    [{ globalClipNorm: 20 }, [3, 4, 12, 0]],
    [{ clipValue: null, clipNorm: null }, [3, 4, 12, 0]],
  ])('%o', (args, expected) => {
    expectClose(stepOf(args), expected)
  })

  it('is refused where it is none, and is part of the config', () => {
    expect(() => train.adam({ clipNorm: 0 })).toThrow(
      'optimizer: expected clipNorm to be a finite number above 0, received 0',
    )
    expect(() => train.adam({ clipnorm: 1 } as never)).toThrow("did you mean 'clipNorm'?")
    expect(train.sgd({ learningRate: 0.1, clipNorm: 2 }).getConfig()).toEqual({ learningRate: 0.1, clipNorm: 2 })
  })
})

describe('applyGradients', () => {
  const square = (w: Variable) => () => w.sub(3).square().sum()

  it('takes gradients that were worked on, by name, and lists', () => {
    const [a, b] = [variable(tensor1d([0, 10]), true, 'worked on'), variable(tensor1d([0, 10]), true, 'in a list')]
    const { grads } = variableGrads(square(a))
    train.sgd(0.25).applyGradients({ 'worked on': grads['worked on']!.clipByValue(-1, 1) })
    expect(a.arraySync()).toEqual([0.25, 9.75])
    const found = variableGrads(square(b)).grads
    train.sgd(0.25).applyGradients([{ name: 'in a list', tensor: found['in a list']!.mul(1) }])
    expect(b.arraySync()).toEqual([1.5, 6.5])
  })

  it('asks for names of their own where two variables fit', () => {
    const [a, b] = [variable(tensor1d([0]), true, 'twin'), variable(tensor1d([0]), true, 'twin')]
    const { grads } = variableGrads(square(a))
    variableGrads(square(b))
    expect(() => train.sgd(1).applyGradients({ twin: grads.twin!.mul(1) })).toThrow(
      "SGD.applyGradients: expected the names of variables, received 'twin', which 2 are called",
    )
    train.sgd(0.25).applyGradients(grads)
    expect(a.arraySync()).toEqual([1.5])
    a.dispose()
    train.sgd(0.25).applyGradients({ twin: tensor1d([-6]) })
    expect(b.arraySync()).toEqual([1.5])
  })
})

describe('minimize', () => {
  it('refuses a function that reads no variable, and says what to do', () => {
    const text =
      'SGD.minimize: expected a function whose result depends on a trainable variable, received one that reads none'
    expect(() => train.sgd(1).minimize(() => tensor1d([1]).sum())).toThrow(text)
    const fixed = tensor1d([4]).variable(false)
    expect(() => train.sgd(1).minimize(() => fixed.square().sum())).toThrow(text)
    expect(() => train.sgd(1).minimize(() => fixed.square().sum(), false, [fixed])).toThrow(
      'SGD.minimize: expected at least one trainable variable, received 1, none of which is trainable',
    )
  })

  it('leaves a variable alone that is not trainable, and the weights of a frozen layer', () => {
    const [fixed, free] = [tensor1d([4]).variable(false), variable(tensor1d([4]))]
    train.sgd(0.1).minimize(() => fixed.mul(free).sum(), false, [fixed, free])
    expect([fixed.arraySync(), free.arraySync()]).toEqual([[4], [expect.closeTo(3.6, 5)]])
    train.sgd(1).apply([fixed], [tensor1d([1])])
    expect(fixed.arraySync()).toEqual([4])
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })], seed: 1 })
    model.makeWeights()
    const [kernel] = model.weights
    const before = kernel!.variable.dataSync()
    model.layers[0]!.trainable = false
    expect(() => train.sgd(1).minimize(() => kernel!.variable.square().sum())).toThrow('reads none')
    expectSameBits(kernel!.variable.dataSync(), before)
  })
})

describe('getWeights and setWeights', () => {
  const OPTIMIZERS: [string, () => Optimizer][] = [
    ['sgd', () => train.sgd(0.1)],
    ['momentum', () => train.momentum(0.1, 0.9)],
    ['adam', () => train.adam({ amsgrad: true })],
    ['adamax', () => train.adamax()],
    ['adadelta', () => train.adadelta(1)],
    ['rmsprop, centered', () => train.rmsprop(0.1, 0.9, 0.5, 1e-7, true)],
  ]

  it.each(OPTIMIZERS)('%s goes on from the state of another, before and after its first step', async (_, make) => {
    const [v, w] = [variable(tensor1d([1, 2])), variable(tensor1d([3]))]
    const step = (optimizer: Optimizer): void => optimizer.apply([v, w], [tensor1d([0.5, -1]), tensor1d([2])])
    const first = make()
    step(first)
    step(first)
    const state = await first.getWeights()
    expect(state[0]!.name).toBe('iter')
    const start = [v.dataSync(), w.dataSync()]
    step(first)
    const expected = [v.dataSync(), w.dataSync()]
    for (const stepsBefore of [0, 1]) {
      const other = make()
      for (let i = 0; i < stepsBefore; i++) step(other)
      await other.setWeights(state)
      v.write(start[0]!)
      w.write(start[1]!)
      step(other)
      expectSameBits(v.dataSync(), expected[0]!)
      expectSameBits(w.dataSync(), expected[1]!)
      expect(other.iterations).toBe(3)
    }
  })

  it('refuses a state that does not fit', async () => {
    const w = variable(tensor1d([3]))
    const adam = train.adam()
    adam.apply([w], [tensor1d([1])])
    const [iter] = await adam.getWeights()
    await expect(adam.setWeights([iter!, { name: 'm', tensor: tensor1d([1]) }])).rejects.toThrow(
      'Adam: expected 2 slots (m, v of 1 variables), received 1',
    )
    await expect(adam.setWeights([])).rejects.toThrow("Adam.setWeights: expected the number of steps, 'iter', first")
  })
})
