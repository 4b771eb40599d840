/** Tensors as the bytes that model files have them in: as TF.js writes and reads them. */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { io, tensor } from '../../src/index.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const INTEGERS = [2 ** 24 + 1, -7]

describe('io', () => {
  it('encodes tensors as TF.js does, and TF.js decodes them', async () => {
    const mine = { a: tensor([[1, 2.5]]), b: tensor(INTEGERS, [2], 'int32'), c: tensor([true, false]) }
    const theirs = { a: tf.tensor([[1, 2.5]]), b: tf.tensor(INTEGERS, [2], 'int32'), c: tf.tensor([true, false]) }
    const { data, specs } = await io.encodeWeights(mine, 'model')
    const expected = await tf.io.encodeWeights(theirs, 'model')
    expect(specs).toEqual(expected.specs)
    expect(new Uint8Array(data)).toEqual(new Uint8Array(expected.data))
    const list = Object.entries(mine).map(([name, each]) => ({ name, tensor: each }))
    expect((await io.encodeWeights(list, 'model')).data).toEqual(data)
  })

  it('decodes what TF.js encodes, in one buffer or several', async () => {
    const theirs = { a: tf.tensor([[1, 2.5]]), b: tf.tensor(INTEGERS, [2], 'int32'), c: tf.tensor([true, false]) }
    const { data, specs } = await tf.io.encodeWeights(theirs)
    for (const given of [data, [data.slice(0, 5), data.slice(5)]]) {
      const { a, b, c } = io.decodeWeights(given, specs as never)
      expect(a!.arraySync()).toEqual([[1, 2.5]])
      expect([b!.dtype, b!.arraySync()]).toEqual(['int32', INTEGERS])
      expect([c!.dtype, [...c!.dataSync()]]).toEqual(['bool', [1, 0]])
    }
  })

  it('refuses what is no tensor, and bytes that are too few', async () => {
    await expect(io.encodeWeights({ x: [1] } as never)).rejects.toThrow("io.encodeWeights: expected a tensor as 'x'")
    await expect(io.encodeWeights(3 as never)).rejects.toThrow('io.encodeWeights: expected tensors by their names')
    const specs = [{ name: 'x', shape: [2], dtype: 'float32' }]
    expect(() => io.decodeWeights(new ArrayBuffer(4), specs)).toThrow(
      /^io\.decodeWeights: expected 8 bytes, .* tensor 'x'/,
    )
  })

  it('says of artifacts what handlers report', () => {
    const artifacts = { modelTopology: {}, weightSpecs: [], weightData: [new ArrayBuffer(3), new ArrayBuffer(4)] }
    expect(io.getModelArtifactsInfoForJSON(artifacts)).toMatchObject({ modelTopologyBytes: 2, weightDataBytes: 7 })
    expect(io.concatenateArrayBuffers(artifacts.weightData).byteLength).toBe(7)
    expect(['https://x.org/y', 'file://x'].map(io.isHTTPScheme)).toEqual([true, false])
  })
})
