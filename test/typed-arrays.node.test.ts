/** Arrays of another realm, as pages with frames, jsdom, Jest and `node:vm` hand them over. */

import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromPixels } from '../src/api/browser.ts'
import { joinBuffers } from '../src/formats/model-json.ts'
import { init } from '../src/init.ts'
import { tensor } from '../src/ops/create.ts'
import { shutdown } from '../src/runtime/runtime.ts'
import { tidy } from '../src/tensor.ts'
import { isArrayBuffer, isByteArray, isFloatArray, isNumberArray, viewName } from '../src/typed-arrays.ts'

beforeAll(() => init({ simd: 'baseline', threads: 1 }))
afterAll(shutdown)

const NUMBERS = ['Int8', 'Uint8', 'Uint8Clamped', 'Int16', 'Uint16', 'Int32', 'Uint32', 'Float32', 'Float64']
const foreign = (code: string): never => runInNewContext(code) as never

describe('a typed array of another realm', () => {
  it.each(NUMBERS)('%sArray is told by its tag', (name) => {
    const values: unknown = foreign(`new ${name}Array([1, 2])`)
    expect(values instanceof Float32Array || values instanceof Uint8Array).toBe(false)
    expect(viewName(values)).toBe(`${name}Array`)
    expect(isNumberArray(values)).toBe(true)
    expect(isFloatArray(values)).toBe(name.startsWith('Float'))
    expect(isByteArray(values)).toBe(name.startsWith('Uint8'))
    tidy(() => {
      const x = tensor(values as Float32Array)
      expect([x.dtype, ...x.dataSync()]).toEqual([name.startsWith('Float') ? 'float32' : 'int32', 1, 2])
    })
  })

  it('keeps its fractions', () => {
    tidy(() => {
      const x = tensor(foreign('new Float32Array([0.5, 1.75])'))
      expect(x.dtype).toBe('float32')
      expect([...x.dataSync()]).toEqual([0.5, 1.75])
      expect(tensor([foreign('new Float32Array([0.5])'), foreign('new Float32Array([1.5])')]).arraySync()).toEqual([
        [0.5],
        [1.5],
      ])
    })
  })

  it('is refused where its numbers are none', () => {
    for (const code of ['new BigInt64Array(1)', 'new DataView(new ArrayBuffer(8))']) {
      expect(isNumberArray(foreign(code))).toBe(false)
      expect(() => tensor(foreign(code))).toThrow('tensor: expected numbers, booleans, arrays of them or a typed array')
    }
  })
})

it('a nested array of another realm is an array', () => {
  tidy(() =>
    expect(tensor(foreign('[[1, 2], [3, 4]]')).arraySync()).toEqual([
      [1, 2],
      [3, 4],
    ]),
  )
})

it('pixels of another realm are pixels', () => {
  tidy(() => {
    const pixels = foreign('({ width: 2, height: 1, data: new Uint8ClampedArray([1, 2, 3, 4, 5, 6, 7, 8]) })')
    expect(fromPixels(pixels).arraySync()).toEqual([
      [
        [1, 2, 3],
        [5, 6, 7],
      ],
    ])
  })
})

it('a buffer of another realm is a buffer', () => {
  expect(isArrayBuffer(foreign('new ArrayBuffer(4)'))).toBe(true)
  expect(isArrayBuffer(new SharedArrayBuffer(4))).toBe(true)
  for (const other of [null, {}, [], 'ArrayBuffer', new Uint8Array(1)]) expect(isArrayBuffer(other)).toBe(false)
  expect(joinBuffers(foreign('new ArrayBuffer(4)')).byteLength).toBe(4)
})
