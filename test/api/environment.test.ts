/** What programs for TensorFlow.js ask before they begin. */

import { afterAll, describe, expect, it } from 'vitest'
import { ArgumentError } from '../../src/errors.ts'
import { enableProdMode, env, getBackend, nextFrame, ready, setBackend, shutdown, tensor } from '../../src/index.ts'
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
