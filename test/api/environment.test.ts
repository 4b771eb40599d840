/** What programs for TensorFlow.js ask before they begin. */

import { afterAll, describe, expect, it } from 'vitest'
import { ArgumentError } from '../../src/errors.ts'
import {
  enableProdMode,
  engine,
  env,
  getBackend,
  keep,
  memory,
  nextFrame,
  ready,
  scalar,
  setBackend,
  shutdown,
  tensor,
} from '../../src/index.ts'
import { expectRefusal, expectRejection } from '../helpers/refusals.ts'

afterAll(shutdown)

describe('a program for TensorFlow.js', () => {
  it('begins as it does there', async () => {
    enableProdMode()
    expect(await setBackend('webgl')).toBe(true)
    await ready()
    expect(getBackend()).toBe('wasm')
    await nextFrame()
    expect(tensor([1]).add(1).arraySync()).toEqual([2])
  })

  it('hears of a backend that nobody has', async () => {
    await expectRejection(
      setBackend('webgll'),
      ArgumentError,
      "setBackend: expected backendName to be one of wasm, cpu, webgl, webgpu, tensorflow, node, received 'webgll' — did you mean 'webgl'?",
    )
  })

  it('asks for flags, and sets those of other backends', async () => {
    env().set('WEBGL_PACK', false)
    expect(env().getBool('WASM_HAS_SIMD_SUPPORT')).toBe(true)
    expect(env().getNumber('WEBGL_VERSION')).toBe(0)
    expect(env().get('HAS_WEBGL')).toBe(false)
    expect(env().get('toString')).toBe(false)
    expect(env().getBool('IS_NODE')).toBe(env().platformName === 'node')
    expect(await env().getAsync('IS_BROWSER')).toBe(env().platformName === 'browser')
    expectRefusal(() => env().get(5 as never), ArgumentError, 'env().get: expected the name of a flag, received 5')
  })
})

describe('engine', () => {
  it('has scopes for code that waits', async () => {
    const before = memory().numTensors
    engine().startScope()
    const kept = keep(scalar(1))
    const [x, y] = [scalar(2), scalar(3)]
    await Promise.resolve()
    const z = x.mul(y)
    engine().endScope([z])
    expect([kept, x, y, z].map(({ isDisposed }) => isDisposed)).toEqual([false, true, true, false])
    for (const tensor of [kept, z]) tensor.dispose()
    expect(memory().numTensors).toBe(before)
    expect(() => engine().endScope()).toThrow('endScope: expected a scope that startScope began, received none')
  })

  it('ends with a tidy what began within and was left open', () => {
    const before = memory().numTensors
    engine().tidy(() => {
      scalar(1)
      engine().startScope()
      scalar(2)
    })
    expect(memory().numTensors).toBe(before)
  })
})
