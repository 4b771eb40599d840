/** Optimizer kernels over ten steps against float64, in every tail and cut. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'
import { adadelta, adagrad, adam, adamax, momentum, rmsprop, type Slots, sgd } from '../helpers/reference/update.ts'

const STEPS = 10

interface Optimizer {
  /** The slots and what they start from. */
  readonly slots: Readonly<Record<string, number>>
  /** Runs step `t` (from 1 on) on buffers: w, g, the slots. */
  run(
    bench: KernelBench,
    t: number,
    w: number,
    g: number,
    slots: readonly number[],
    length: number,
    parts: number,
  ): void
  step(at: Slots, g: number, t: number): void
}

function momentumWith(learningRate: number, keep: number, nesterov: number): Optimizer {
  return {
    slots: { velocity: 0 },
    run: (bench, _, w, g, [velocity], length, parts) =>
      bench.run('momentumUpdate', [w, g, velocity!, learningRate, keep, nesterov], length, { parts }),
    step: (at, g) => momentum(at, g, learningRate, keep, nesterov),
  }
}

function adamWith(
  learningRate: number,
  beta1: number,
  beta2: number,
  epsilon: number,
  decay: number,
  amsgrad = false,
): Optimizer {
  return {
    slots: amsgrad ? { m: 0, v: 0, vhat: 0 } : { m: 0, v: 0 },
    run: (bench, t, w, g, [m, v, vhat], length, parts) => {
      const hyper = [learningRate, beta1, beta2, epsilon, 1 - beta1 ** t, 1 - beta2 ** t, decay] as const
      bench.run('adamUpdate', [w, g, m!, v!, vhat ?? 0, ...hyper], length, { parts })
    },
    step: (at, g, t) => adam(at, g, t, learningRate, beta1, beta2, epsilon, decay, amsgrad),
  }
}

const ADAMAX: Optimizer = {
  slots: { m: 0, u: 0 },
  run: (bench, t, w, g, [m, u], length, parts) => {
    bench.run('adamaxUpdate', [w, g, m!, u!, 0.02 / (1 - 0.9 ** t), 0.9, 0.99, 1e-7], length, { parts })
  },
  step: (at, g, t) => adamax(at, g, t, 0.02, 0.9, 0.99, 1e-7),
}

const ADADELTA: Optimizer = {
  slots: { squares: 0, updates: 0 },
  run: (bench, _, w, g, [squares, updates], length, parts) => {
    bench.run('adadeltaUpdate', [w, g, squares!, updates!, 0.5, 0.9, 1e-5], length, { parts })
  },
  step: (at, g) => adadelta(at, g, 0.5, 0.9, 1e-5),
}

function rmspropWith(learningRate: number, rho: number, keep: number, epsilon: number, centered: number): Optimizer {
  return {
    slots: { meanSquare: 0, velocity: 0, meanGrad: 0 },
    run: (bench, _, w, g, [square, velocity, mean], length, parts) => {
      const hyper = [learningRate, rho, keep, epsilon, centered] as const
      bench.run('rmspropUpdate', [w, g, square!, velocity!, mean!, ...hyper], length, { parts })
    },
    step: (at, g) => rmsprop(at, g, learningRate, rho, keep, epsilon, centered),
  }
}

const OPTIMIZERS: [string, Optimizer][] = [
  [
    'sgd',
    {
      slots: {},
      run: (bench, _, w, g, __, length, parts) => bench.run('sgdUpdate', [w, g, 0.05], length, { parts }),
      step: (at, g) => sgd(at, g, 0.05),
    },
  ],
  ['momentum', momentumWith(0.05, 0.9, 0)],
  ['momentum of Nesterov', momentumWith(0.05, 0.9, 1)],
  ['adam', adamWith(0.001, 0.9, 0.999, 1e-7, 0)],
  ['adam with a large epsilon', adamWith(0.01, 0.8, 0.99, 0.1, 0)],
  ['adamw', adamWith(0.01, 0.9, 0.999, 1e-8, 0.02)],
  ['adam with amsgrad', adamWith(0.01, 0.8, 0.6, 1e-7, 0, true)],
  ['adamax', ADAMAX],
  ['adadelta', ADADELTA],
  ['rmsprop', rmspropWith(0.01, 0.9, 0, 1e-7, 0)],
  ['rmsprop with momentum', rmspropWith(0.01, 0.9, 0.8, 1e-7, 0)],
  ['rmsprop, centered', rmspropWith(0.01, 0.9, 0.5, 1e-3, 1)],
  [
    'adagrad',
    {
      slots: { accumulator: 0.1 },
      run: (bench, _, w, g, [accumulator], length, parts) =>
        bench.run('adagradUpdate', [w, g, accumulator!, 0.05, 1e-7], length, { parts }),
      step: (at, g) => adagrad(at, g, 0.05, 1e-7),
    },
  ],
]

const gradient = (length: number, t: number): Float32Array => uniform(length, 50 + t, -2, 2)

/** w and the slots after ten steps. */
function train(bench: KernelBench, optimizer: Optimizer, length: number, parts = 1): Float32Array[] {
  const buffer = (name: string, values: Float32Array): number => {
    const at = bench.output(length, name)
    bench.memory.f32(at, length).set(values)
    return at
  }
  const w = buffer('w', uniform(length, 41))
  const slots = Object.entries(optimizer.slots).map(([name, value]) =>
    buffer(name, new Float32Array(length).fill(value)),
  )
  for (let t = 1; t <= STEPS; t++) {
    optimizer.run(bench, t, w, bench.input(gradient(length, t)), slots, length, parts)
  }
  return [w, ...slots].map((at) => bench.read(at, length))
}

function expectedAfterTraining(optimizer: Optimizer, length: number): Float64Array[] {
  const elements = Array.from(uniform(length, 41), (w): Slots => ({ w, ...optimizer.slots }))
  for (let t = 1; t <= STEPS; t++) {
    const g = gradient(length, t)
    elements.forEach((at, i) => {
      optimizer.step(at, g[i]!, t)
    })
  }
  return ['w', ...Object.keys(optimizer.slots)].map((name) => Float64Array.from(elements, (at) => at[name]!))
}

describe.each(BUILDS)('update kernels, %s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  describe.each(OPTIMIZERS)('%s', (name, optimizer) => {
    it.each([
      [1, 'one element'],
      [3, 'a tail alone'],
      [4, 'one vector'],
      [5, 'a vector and a tail'],
      [16, 'whole vectors'],
      [1003, 'many'],
    ])('ten steps on %i elements: %s', (length) => {
      const expected = expectedAfterTraining(optimizer, length)
      const slots = ['w', ...Object.keys(optimizer.slots)]
      // Ten roundings of about 1, and a few per step in the slots.
      const bound = { relative: 2e-6, absolute: 1e-6 }
      train(bench, optimizer, length).forEach((actual, i) => {
        // Without centering the third slot is left alone: it holds the zeros that it started from.
        expectClose(actual, expected[i]!, bound, `${name}: ${slots[i]}`)
      })
      bench.reset()
    })

    it('the same bits in 2, 3 and 4 parts, whichever lane an element is in', () => {
      const whole = train(bench, optimizer, 103)
      for (const parts of [2, 3, 4]) {
        train(bench, optimizer, 103, parts).forEach((actual, i) => {
          expectSameBits(actual, whole[i]!, `${name}[${i}] in ${parts}`)
        })
      }
      bench.reset()
    })

    it('a NaN gradient makes its own weight NaN and no other', () => {
      const length = 9
      const g = gradient(length, 1)
      g[6] = Number.NaN
      const w = bench.output(length)
      bench.memory.f32(w, length).fill(1)
      const slots = Object.values(optimizer.slots).map((value) => {
        const at = bench.output(length)
        bench.memory.f32(at, length).fill(value)
        return at
      })
      optimizer.run(bench, 1, w, bench.input(g), slots, length, 1)
      expect(Array.from(bench.read(w, length), Number.isNaN)).toEqual(Array.from(g, Number.isNaN))
      bench.reset()
    })
  })

  it('1 − beta2 is exact enough: the first step of adam is the learning rate', () => {
    const [w, m, v] = [bench.output(4), bench.output(4), bench.output(4)]
    for (const at of [w, m, v]) bench.memory.f32(at, 4).fill(0)
    const g = bench.input([1, -2, 300, -0.004])
    bench.run('adamUpdate', [w, g, m, v, 0, 0.001, 0.9, 0.999, 0, 1 - 0.9, 1 - 0.999, 0], 4)
    expectClose(bench.read(w, 4), [-0.001, 0.001, -0.001, 0.001], { relative: 3e-7, absolute: 0 })
    bench.reset()
  })

  it('centered rmsprop stays finite where rounding makes the variance negative', () => {
    const length = 64
    const state = Array.from({ length: 4 }, () => bench.output(length))
    for (const at of state) bench.memory.f32(at, length).fill(0)
    const [w, square, velocity, mean] = state as [number, number, number, number]
    const g = bench.input(uniform(length, 43, 3, 90))
    for (let t = 0; t < 400; t++) {
      bench.run('rmspropUpdate', [w, g, square, velocity, mean, 1e-4, 0.9, 0, 1e-7, 1], length)
    }
    expect(bench.read(w, length).every(Number.isFinite)).toBe(true)
    const means = bench.read(mean, length)
    const negative = bench.read(square, length).filter((value, i) => value < Math.fround(means[i]! * means[i]!))
    expect(negative.length).toBeGreaterThan(0)
    bench.reset()
  })
})
