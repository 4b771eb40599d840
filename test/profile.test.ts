/** What `profile` tells of kernels: their calls, their operations, the time, and the state that it leaves behind. */

import { afterEach, describe, expect, it } from 'vitest'
import { grads } from '../src/autograd.ts'
import { ArgumentError, StateError } from '../src/errors.ts'
import { init } from '../src/init.ts'
import { add } from '../src/ops/arithmetic.ts'
import { conv2d } from '../src/ops/conv2d.ts'
import { ones } from '../src/ops/create.ts'
import { depthwiseConv2d } from '../src/ops/depthwise-conv2d.ts'
import { matMul } from '../src/ops/matmul.ts'
import { profile } from '../src/profile.ts'
import { probePeak } from '../src/runtime/peak.ts'
import { runtime, shutdown } from '../src/runtime/runtime.ts'
import { memory, tidy } from '../src/tensor.ts'
import { expectRejection } from './helpers/refusals.ts'

afterEach(shutdown)

describe('profile', () => {
  it('counts the calls, the operations and the time of each kernel', async () => {
    await init({ threads: 1 })
    const [a, b] = [ones([320, 400]), ones([400, 240])]
    const info = await profile(() => tidy(() => [1, 2, 3].map(() => add(matMul(a, b), 1).size)))
    expect(info.result).toEqual([76_800, 76_800, 76_800])
    const kernels = Object.fromEntries(info.kernels.map((kernel) => [kernel.kernel, kernel]))
    expect(Object.keys(kernels).sort()).toEqual(['binaryAdd', 'matmulNN', 'packB'])
    expect(kernels.matmulNN).toMatchObject({ calls: 3, flops: 3 * 2 * 320 * 240 * 400 })
    expect(kernels.packB).toMatchObject({ calls: 3, flops: 0, gflops: 0 })
    const { ms, flops, gflops, share } = kernels.matmulNN!
    expect(gflops).toBeCloseTo(flops / ms / 1e6, 6)
    expect(share).toBeCloseTo(ms / info.wallMs, 6)
    expect(info.flops).toBe(flops)
    expect(info.kernelMs + info.overheadMs).toBeCloseTo(info.wallMs, 6)
    expect(info.kernelMs).toBeLessThanOrEqual(info.wallMs)
    expect(info.kernels.map(({ ms }) => ms)).toEqual(info.kernels.map(({ ms }) => ms).sort((x, y) => y - x))
    expect(info).toMatchObject({ threads: 1, newBytes: 0, newDataBuffers: 0 })
  })

  it('counts convolutions: two operations per output, filter value and channel', async () => {
    await init()
    const [x, filter, depthwise] = [ones([2, 9, 8, 3]), ones([3, 3, 3, 5]), ones([3, 3, 3, 2])]
    const flopsOf = async (run: () => unknown): Promise<number> => (await profile(() => void run())).flops
    expect(await flopsOf(() => conv2d(x, filter, 2, 'valid'))).toBe(2 * (2 * 4 * 3) * (3 * 3 * 3) * 5)
    expect(await flopsOf(() => depthwiseConv2d(x, depthwise, 1, 'valid'))).toBe(2 * (2 * 7 * 6) * (3 * 3) * (3 * 2))
  })

  it('counts the products that Winograd leaves: 36 for the 144 of a tile of 4 x 4', async () => {
    await init({ conv: 'auto' })
    const [x, filter] = [ones([2, 26, 26, 8]), ones([3, 3, 8, 16])]
    const { flops, kernels } = await profile(() => void grads((x, w) => conv2d(x!, w!, 1, 'valid'))([x, filter]))
    const products = 2 * 36 * (2 * 6 * 6) * 8 * 16
    expect(kernels.find(({ kernel }) => kernel === 'winogradForward')!.flops).toBe(products)
    expect(kernels.find(({ kernel }) => kernel === 'winogradGrad')!.flops).toBe(2 * products)
    expect(flops).toBe(3 * products)
  })

  it('starts the runtime, awaits what is asynchronous and tells what was left behind', async () => {
    const info = await profile(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return ones([100])
    })
    expect(info.result.shape).toEqual([100])
    expect(info.overheadMs).toBeGreaterThan(3)
    expect(info.newDataBuffers).toBe(1)
    expect(info.newTensors).toBe(1)
    expect(info.newBytes).toBe(memory().numBytes)
  })

  it('reads as a table', async () => {
    await init({ threads: 1 })
    const a = ones([256, 256])
    const text = String(await profile(() => matMul(a, a)))
    expect(text).toMatch(/^Kernel +Calls +ms +Share +GFLOP\/s\n/)
    expect(text).toMatch(/^matmulNN +1 +\d+\.\d{3} +\d+\.\d % +\d+\.\d$/m)
    expect(text).toMatch(/^packB +1 +\d+\.\d{3} +\d+\.\d %$/m)
    expect(text).toMatch(/^between kernels +\d+\.\d{3} +\d+\.\d %\nin all +2 +\d+\.\d{3} +100\.0 % +\d+\.\d$/m)
  })

  it('passes on what the function throws, and is ready again', async () => {
    await init()
    const bad = profile(() => matMul(ones([2, 3]), ones([2, 3])))
    await expect(bad).rejects.toThrow('matMul: expected equal inner sizes')
    await expect(profile(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    expect((await profile(() => 1)).result).toBe(1)
    expect(runtime('test').observer).toBeUndefined()
  })

  it('refuses another within it, and what is no function', async () => {
    const nested = profile(() => profile(() => 1))
    await expectRejection(nested, StateError, 'profile: expected one profile at a time, received another within it')
    const text = "profile: expected a function, received 'relu'"
    await expectRejection(profile('relu' as unknown as () => void), ArgumentError, text)
  })
})

describe('the multiply-add peak', () => {
  it('is a rate, and leaves nothing behind', async () => {
    await init()
    const before = memory().numBytes
    const peak = probePeak(runtime('test'), 1)
    expect(peak).toBeGreaterThan(0)
    expect(peak).toBeLessThan(Number.POSITIVE_INFINITY)
    expect(memory().numBytes).toBe(before)
  })
})
