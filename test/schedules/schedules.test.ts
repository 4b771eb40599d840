/** Schedules against Keras's formulas, written with the host's functions, and what optimizers do with them. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schedules, tensor1d, train, variable } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type Schedule, scheduleConfig, scheduleFromConfig } from '../../src/schedules/table.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const cosineAt = (step: number): number =>
  0.1 * (0.9 * 0.5 * (1 + Math.cos((Math.PI * Math.min(step, 100)) / 100)) + 0.1)

const CASES: [string, Schedule, (step: number) => number][] = [
  ['cosine', schedules.cosine({ initialLearningRate: 0.1, decaySteps: 100, alpha: 0.1 }), cosineAt],
  [
    'cosine with warm-up',
    schedules.cosine({ initialLearningRate: 0.01, decaySteps: 100, alpha: 0.1, warmupTarget: 0.1, warmupSteps: 10 }),
    (step) => (step < 10 ? 0.01 + 0.009 * step : cosineAt(step - 10)),
  ],
  [
    'exponential',
    schedules.exponential({ initialLearningRate: 0.2, decaySteps: 7, decayRate: 0.8 }),
    (step) => 0.2 * 0.8 ** (step / 7),
  ],
  [
    'exponential, in stairs',
    schedules.exponential({ initialLearningRate: 0.2, decaySteps: 7, decayRate: 0.8, staircase: true }),
    (step) => 0.2 * 0.8 ** Math.floor(step / 7),
  ],
  [
    'polynomial',
    schedules.polynomial({ initialLearningRate: 0.2, decaySteps: 50, endLearningRate: 0.01, power: 1.7 }),
    (step) => 0.19 * (1 - Math.min(step, 50) / 50) ** 1.7 + 0.01,
  ],
  [
    'polynomial, in cycles',
    schedules.polynomial({ initialLearningRate: 0.2, decaySteps: 50, power: 2, cycle: true }),
    (step) => (0.2 - 0.0001) * (1 - step / (50 * Math.max(1, Math.ceil(step / 50)))) ** 2 + 0.0001,
  ],
  [
    'piecewise',
    schedules.piecewise({ boundaries: [10, 40], values: [1, 0.5, 0.1] }),
    (step) => (step <= 10 ? 1 : step <= 40 ? 0.5 : 0.1),
  ],
  [
    'warm-up before another',
    schedules.warmup({
      schedule: schedules.cosine({ initialLearningRate: 0.1, decaySteps: 100, alpha: 0.1 }),
      steps: 5,
    }),
    (step) => (step < 5 ? 0.02 * step : cosineAt(step - 5)),
  ],
]

describe('schedules', () => {
  it.each(CASES)('%s, at every step, and out of its config', (_, schedule, expected) => {
    const again = scheduleFromConfig('test', JSON.parse(JSON.stringify(scheduleConfig(schedule))))
    for (let step = 0; step < 170; step++) {
      expect(Math.abs(schedule.at(step) - expected(step))).toBeLessThan(1e-15 + 1e-14 * expected(step))
      expect(again.at(step)).toBe(schedule.at(step))
    }
  })

  it('are asked before each step, by the number of steps taken', () => {
    const w = variable(tensor1d([0]))
    const optimizer = train.sgd((step) => 1 + step)
    for (let i = 0; i < 3; i++) optimizer.apply([w], [tensor1d([1])])
    expect(w.dataSync()[0]).toBe(-6)
    expect(optimizer.learningRate).toBe(4)
    optimizer.learningRate = 0.5
    expect(optimizer.schedule).toBeUndefined()
  })

  it('that give no rate stop the step before it changes anything', () => {
    const w = variable(tensor1d([2]))
    const optimizer = train.adam({ learningRate: (step) => (step < 1 ? 0.1 : Number.NaN) })
    optimizer.apply([w], [tensor1d([1])])
    const before = w.dataSync()
    expect(() => optimizer.apply([w], [tensor1d([1])])).toThrow(
      'Adam: expected the schedule to give a finite learning rate of at least 0, received NaN at step 1',
    )
    expect(w.dataSync()).toEqual(before)
    expect(optimizer.iterations).toBe(1)
  })

  it.each([
    [() => schedules.cosine({ initialLearningRate: 0.1 } as never), 'schedules.cosine: expected decaySteps to be'],
    [
      () => schedules.piecewise({ boundaries: [5], values: [1] }),
      'expected values to be 2 rates, one more than boundaries',
    ],
    [() => schedules.piecewise({ boundaries: [5, 2], values: [1, 1, 1] }), 'expected boundaries to be rising'],
    [() => schedules.exponential({ initialLearningRate: -1, decaySteps: 1, decayRate: 1 }), 'received -1'],
  ])('refuses %s', (make, text) => {
    expect(make).toThrow(text)
  })
})
