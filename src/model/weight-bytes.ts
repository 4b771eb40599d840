/** Tensors as the bytes that model files have them in, and back. */

import { ArgumentError, show } from '../errors.ts'
import type { WeightEntry } from '../formats/model-artifacts.ts'
import { joinBuffers } from '../formats/model-json.ts'
import { checkWeightBytes, placeWeights, tensorOf } from '../formats/weight-specs.ts'
import { isObject } from '../objects.ts'
import { fromValues, Tensor } from '../tensor.ts'

/** A tensor in a file: what is said of it, and its elements; WebAssembly is little endian, as the file is. */
export interface Part {
  readonly entry: WeightEntry
  readonly values: Float32Array | Int32Array | Uint8Array
}

export function partOf(name: string, tensor: Tensor, group?: string): Part {
  const { shape, dtype } = tensor
  const entry = { name, shape: [...shape], dtype, ...(group === undefined ? {} : { group }) }
  return { entry, values: tensor.dataSync() }
}

/** The bytes of all parts, one after the other. */
export function joinParts(parts: readonly Part[]): ArrayBuffer {
  return joinBuffers(parts.map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)))
}

/** What `io.encodeWeights` takes: tensors by their names. */
export type NamedTensors =
  | Readonly<Record<string, Tensor>>
  | readonly { readonly name: string; readonly tensor: Tensor }[]

/**
 * Tensors as bytes, little endian and one after the other, and what each of them is.
 * @param tensors an object of tensors, or a list of `{ name, tensor }`
 * @param group what is said of all; default nothing
 * @example
 * const { data, specs } = await io.encodeWeights({ w: tensor([1, 2]) })
 * console.log(data.byteLength, specs) // 8 [ { name: 'w', shape: [ 2 ], dtype: 'float32' } ]
 */
export async function encodeWeights(
  tensors: NamedTensors,
  group?: string,
): Promise<{ data: ArrayBuffer; specs: WeightEntry[] }> {
  const who = 'io.encodeWeights'
  if (!Array.isArray(tensors) && !isObject(tensors)) {
    throw new ArgumentError({ who, expected: 'tensors by their names', received: show(tensors) })
  }
  const pairs = Array.isArray(tensors)
    ? tensors.map(({ name, tensor }): [string, unknown] => [name, tensor])
    : Object.entries<unknown>(tensors)
  const parts = pairs.map(([name, tensor]) => {
    if (tensor instanceof Tensor) return partOf(name, tensor, group)
    throw new ArgumentError({ who, expected: `a tensor as ${show(name)}`, received: show(tensor) })
  })
  return { data: joinParts(parts), specs: parts.map(({ entry }) => entry) }
}

/**
 * The tensors of what `encodeWeights` gave, or of a model's artifacts: `weightData` and `weightSpecs`.
 * @param data the bytes, in one buffer or several
 * @param specs what each tensor is
 * @throws FormatError where they do not belong together
 * @example
 * const { data, specs } = await io.encodeWeights({ w: tensor([1, 2]) })
 * io.decodeWeights(data, specs).w.print() // [1, 2]
 */
export function decodeWeights(
  data: ArrayBuffer | readonly ArrayBuffer[],
  specs: readonly WeightEntry[],
): Record<string, Tensor> {
  const who = 'io.decodeWeights'
  const placed = placeWeights(who, 'specs', specs)
  const bytes = joinBuffers(data)
  checkWeightBytes(who, placed, bytes.byteLength)
  return Object.fromEntries(
    placed.map((from) => {
      const { name, shape, dtype, offset } = from
      const isWhole = dtype === 'int32' && from.quantization === undefined
      // Floats do not hold every integer.
      const values = isWhole ? new Int32Array(bytes.slice(offset, offset + from.bytes)) : tensorOf(bytes, from).values
      return [name, fromValues(name, values, shape, dtype === 'float16' ? 'float32' : dtype)]
    }),
  )
}
