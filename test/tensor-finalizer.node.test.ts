/** Tensors that are dropped without `dispose`: the garbage collector gives their memory back, if no scope does. */

import v8 from 'node:v8'
import vm from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad } from '../src/autograd.ts'
import { init } from '../src/init.ts'
import { add } from '../src/ops/arithmetic.ts'
import { ones } from '../src/ops/create.ts'
import { square } from '../src/ops/unary.ts'
import { shutdown } from '../src/runtime/runtime.ts'
import { keep, memory, type Tensor, tidy } from '../src/tensor.ts'

v8.setFlagsFromString('--expose-gc')
const collect = vm.runInNewContext('gc') as () => void

beforeAll(() => init({ threads: 1 }))
afterAll(shutdown)

/** Buffers in use once the garbage is gone, or after a second. */
async function buffersLeft(wanted: number): Promise<number> {
  for (let i = 0; i < 50 && memory().numDataBuffers > wanted; i++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return memory().numDataBuffers
}

const WAYS: Record<string, () => unknown> = {
  'outside of any scope': () => add(ones([10]), 1),
  'returned from a scope': () => tidy(() => add(ones([10]), 1)),
  'returned through two scopes, in an object': () => tidy(() => tidy(() => ({ x: ones([10]) }))),
  'kept in a scope': () => tidy(() => void keep(ones([10]))),
  'made by a gradient': () => grad((x) => square(x))(ones([10])),
}

describe('a tensor that is dropped', () => {
  it.each(Object.keys(WAYS))('%s is reclaimed', async (way) => {
    const before = memory().numDataBuffers
    // In a function of its own, so that no variable holds what it made.
    const drop = (): void => {
      for (let i = 0; i < 20; i++) WAYS[way]!()
    }
    drop()
    expect(memory().numDataBuffers).toBeGreaterThan(before)
    expect(await buffersLeft(before)).toBe(before)
  })

  it('is left alone as long as someone holds it', async () => {
    const held: Tensor[] = tidy(() => [ones([10]), keep(ones([10]))])
    collect()
    await new Promise((resolve) => setTimeout(resolve, 20))
    for (const tensor of held) {
      expect([...tensor.dataSync()]).toEqual(Array(10).fill(1))
      tensor.dispose()
    }
  })
})
