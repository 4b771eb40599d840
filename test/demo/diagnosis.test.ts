import { describe, expect, it } from 'vitest'
import { diagnose, diagnoseFailure } from '../../demo/training/diagnosis.ts'

const steps = (loss: number, count = 60) =>
  Array.from({ length: count }, (_, i) => ({ step: i + 1, epoch: 1, loss, accuracy: 0.1, milliseconds: 1 }))
const validation = (guesses: number[], accuracy: number) => ({
  step: 60,
  loss: 2.3,
  accuracy,
  guesses: Uint8Array.from(guesses),
})
const same = validation(new Array(60).fill(4), 0.1)
const mixed = validation([1, 2, 3, 4], 0.12)

describe('diagnose', () => {
  it('says nothing of a network that learns, or has hardly begun', () => {
    const adam = { optimizer: 'adam', learningRate: 0.1 } as const
    expect(diagnose(adam, steps(0.4), validation([1, 2, 3], 0.9))).toBeUndefined()
    expect(diagnose(adam, steps(2.3, 20), same)).toBeUndefined()
    expect(diagnose({ optimizer: 'adam', learningRate: 0.001 }, steps(1.2), validation([1, 2], 0.6))).toBeUndefined()
  })

  it('explains one answer to everything by steps that were too large', () => {
    const found = diagnose({ optimizer: 'adam', learningRate: 0.1 }, steps(2.31), same)
    expect(found?.learningRate).toBe(0.001)
    expect(found?.text).toMatch(/^It says 4 to every picture.*Adam at 0\.1.*Reset, and try 0\.001\.$/)
  })

  it('tells steps that are too small from steps that overshoot', () => {
    const small = diagnose({ optimizer: 'sgd', learningRate: 0.0001 }, steps(2.3), mixed)
    expect(small).toMatchObject({ learningRate: 0.1, text: expect.stringContaining('very small') })
    const large = diagnose({ optimizer: 'momentum', learningRate: 0.1 }, steps(3), mixed)
    expect(large).toMatchObject({ learningRate: 0.01, text: expect.stringContaining('overshoots') })
  })

  it('explains a loss that is no number', () => {
    const settings = { optimizer: 'sgd', learningRate: 0.1 } as const
    expect(diagnoseFailure(settings, 'fit: expected a finite loss, received NaN at step 3')?.learningRate).toBe(0.01)
    expect(diagnoseFailure(settings, 'out of memory')).toBeUndefined()
  })
})
