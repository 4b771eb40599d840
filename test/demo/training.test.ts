import { describe, expect, it } from 'vitest'
import { trainingFlops } from '../../demo/worker/flops.ts'
import { Gate } from '../../demo/worker/gate.ts'
import { score } from '../../demo/worker/score.ts'
import * as zoo from '../../src/zoo/index.ts'

describe('trainingFlops', () => {
  it('counts the multiplications of the lecture’s network', () => {
    // Outputs × products per output, times two operations; the first layer needs no gradient of its input.
    const conv1 = 26 * 26 * 32 * 9 * 2
    const conv2 = 24 * 24 * 64 * 32 * 9 * 2
    const dense = 9216 * 128 * 2 + 128 * 10 * 2
    expect(trainingFlops(zoo.lenet().layers)).toBe(2 * conv1 + 3 * conv2 + 3 * dense)
  })

  it('counts those of a network without convolutions', () => {
    expect(trainingFlops(zoo.mlp().layers)).toBe(2 * (2 * 784 * 512) + 3 * (2 * 512 * 512 + 2 * 512 * 10))
  })
})

describe('Gate', () => {
  it('lets as many steps pass as it was told', async () => {
    const gate = new Gate()
    let passed = 0
    const walk = async () => {
      for (;;) {
        await gate.pass()
        passed++
      }
    }
    gate.allow(1)
    void walk()
    await settled()
    // The first step uses up what was allowed and waits at the gate.
    expect(passed).toBe(0)
    gate.allow(2)
    await settled()
    expect(passed).toBe(2)
    expect(gate.isClosed).toBe(true)
  })

  it('stays open until it is closed', async () => {
    const gate = new Gate()
    gate.open()
    for (let i = 0; i < 100; i++) await gate.pass()
    gate.close()
    let passed = false
    void gate.pass().then(() => {
      passed = true
    })
    await settled()
    expect(passed).toBe(false)
    gate.open()
    await settled()
    expect(passed).toBe(true)
  })
})

describe('score', () => {
  it('gives the mean cross-entropy, the accuracy and the guesses', () => {
    const sure = Float32Array.from({ length: 10 }, (_, i) => (i === 3 ? 0.91 : 0.01))
    const unsure = new Float32Array(10).fill(0.1)
    const { loss, accuracy, guesses } = score(Float32Array.of(...sure, ...unsure), Uint8Array.of(3, 7))
    expect(loss).toBeCloseTo((-Math.log(0.91) - Math.log(0.1)) / 2, 6)
    expect(accuracy).toBe(0.5)
    expect([...guesses]).toEqual([3, 0])
  })

  it('stays finite where a network is sure of the wrong digit', () => {
    const wrong = Float32Array.from({ length: 10 }, (_, i) => (i === 0 ? 1 : 0))
    expect(score(wrong, Uint8Array.of(1)).loss).toBeCloseTo(-Math.log(1e-7), 4)
  })
})

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}
