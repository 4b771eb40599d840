/** The ONNX files of the benchmark, byte by byte where they are small. ONNX Runtime itself reads them in the benchmark. */

import { describe, expect, it } from 'vitest'
import { onnxFiles } from '../../bench/onnx/models.ts'
import { writeOnnx } from '../../bench/onnx/write-onnx.ts'

/** A length-delimited field of protobuf: its tag, its length, its bytes. */
function field(number: number, ...bytes: readonly (number | readonly number[])[]): number[] {
  const flat = bytes.flat()
  return [number * 8 + 2, flat.length, ...flat]
}

function text(value: string): number[] {
  return [...new TextEncoder().encode(value)]
}

/** An integer field: its tag and its value. */
function integer(number: number, value: number): number[] {
  return [number * 8, value]
}

function info(name: string, dim: readonly number[]): number[] {
  const shape = field(2, field(1, dim))
  return [...field(1, text(name)), ...field(2, field(1, integer(1, 1), shape))]
}

describe('writeOnnx', () => {
  it('encodes model, graph, node, attribute, weight and shapes by the field numbers of onnx.proto3', () => {
    const bytes = writeOnnx({
      name: 'g',
      nodes: [{ type: 'Op', inputs: ['x', 'w'], output: 'y', attributes: { k: [2, 3], axis: 1 } }],
      inputs: { x: ['N'] },
      outputs: { y: [5] },
      weights: { w: { shape: [1], values: new Float32Array([1]) } },
    })
    const ints = field(5, field(1, text('k')), field(8, [2, 3]), [0xa0, 1, 7])
    const int = field(5, field(1, text('axis')), integer(3, 1), [0xa0, 1, 2])
    const node = [...field(1, text('x')), ...field(1, text('w')), ...field(2, text('y')), ...field(4, text('Op'))]
    const weight = [...field(1, [1]), ...integer(2, 1), ...field(8, text('w')), ...field(9, [0, 0, 0x80, 0x3f])]
    const graph = [
      ...field(1, node, ints, int),
      ...field(2, text('g')),
      ...field(5, weight),
      ...field(11, info('x', field(2, text('N')))),
      ...field(12, info('y', integer(1, 5))),
    ]
    // The domain is the default one, the empty text, which proto3 leaves out.
    const opset = field(8, integer(2, 17))
    const expected = [...integer(1, 8), ...field(2, text('quadlane bench')), ...field(7, graph), ...opset]
    expect([...bytes]).toEqual(expected)
  })

  it('writes a LeNet with all its weights', () => {
    const files = onnxFiles()
    expect(Object.keys(files)).toEqual(['lenet.onnx', 'matmul.onnx', 'conv2.onnx', 'pool.onnx'])
    const beyondWeights = files['lenet.onnx']!.length - 4 * 1_199_882
    expect(beyondWeights).toBeGreaterThan(0)
    expect(beyondWeights).toBeLessThan(1000)
  })
})
