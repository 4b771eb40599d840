/** Pages whose Content-Security-Policy forbids what quadlane would like: it does with less, or says what is missing. */

import { describe, expect, it } from 'vitest'
import type { RuntimeInfo } from '../../src/runtime/runtime.ts'
import { inPageWithPolicy } from './frames.ts'

interface Trained {
  readonly info: RuntimeInfo
  readonly losses: readonly number[]
}

const TRAIN = `
  await quadlane.init({ threads: 2 })
  const model = quadlane.zoo.lenet({ seed: 1 })
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
  const digits = quadlane.data.syntheticDigits({ count: 128, seed: 1 })
  const { history } = await model.fit(digits, { batchSize: 32, epochs: 2 })
  return { info: quadlane.info(), losses: history.loss }`

describe('a page that allows everything', () => {
  it('trains with helpers', async () => {
    const { result, error, unhandled } = await inPageWithPolicy<Trained>("object-src 'none'", TRAIN)
    expect(error).toBeUndefined()
    expect(result!.info).toMatchObject({ threads: 2, reason: '' })
    expect(result!.losses).toHaveLength(2)
    expect(unhandled).toEqual([])
  })
})

describe('a page without worker-src blob:', () => {
  it('trains on one thread and says why', async () => {
    const { result, error, unhandled } = await inPageWithPolicy<Trained>("worker-src 'self'", TRAIN)
    expect(error).toBeUndefined()
    expect(result!.info.threads).toBe(1)
    expect(result!.info.reason).toMatch(/^no helper threads: /)
    expect(result!.losses[1]).toBeLessThan(result!.losses[0]!)
    expect(unhandled).toEqual([])
  })
})

describe('a page without wasm-unsafe-eval', () => {
  const EMPTY = 'Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)'

  it.each([
    ['with the kernels that are built in', 'await quadlane.init()'],
    ['with kernels that it hosts', `await quadlane.init({ wasm: ${EMPTY} })`],
    ['with kernels that are cut', `await quadlane.init({ wasm: ${EMPTY}.subarray(0, 6), threads: 2 })`],
  ])('is told what to add, %s', async (_, body) => {
    const policy = `script-src ${location.origin} 'unsafe-inline'`
    const { error, unhandled } = await inPageWithPolicy(policy, body)
    expect(error?.name).toBe('RuntimeUnavailableError')
    expect(error?.message).toMatch(
      /^init: expected to compile WebAssembly, received .* — does the page's script-src have 'wasm-unsafe-eval'\?$/,
    )
    expect(unhandled).toEqual([])
  })

  it('is told of the file where the policy is not in the way', async () => {
    const policy = `script-src ${location.origin} 'unsafe-inline' 'wasm-unsafe-eval'`
    const { error } = await inPageWithPolicy(policy, `await quadlane.init({ wasm: ${EMPTY}.subarray(0, 6) })`)
    expect(error?.name).toBe('FormatError')
    expect(error?.message).toMatch(
      /^init: expected kernels that this engine compiles, received .* — (is the file|it has)/,
    )
  })
})
