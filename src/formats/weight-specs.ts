/** What a model file says of its tensors: checked before a byte is read or a buffer made. */

import { FormatError, show, showShape } from '../errors.ts'
import { arrayAt, objectAt, stringAt } from '../json.ts'
import { type FileTensor, toFloats } from './elements.ts'
import type { WeightEntry } from './model-artifacts.ts'
import { checkQuantization, dequantize, type Quantization, quantizedBytes } from './quantization.ts'

/** The dtypes of TF.js whose elements have a fixed size. */
const BYTES = { float32: 4, float16: 2, int32: 4, bool: 1 } as const
/** More than a WebAssembly memory can hold. */
const MAX_BYTES = 2 ** 32

/** A tensor and where it lies among the weight bytes. */
export interface PlacedWeight {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: keyof typeof BYTES
  /** Set where fewer bits are stored than `dtype` has. */
  readonly quantization: Quantization | undefined
  readonly group: string | undefined
  readonly offset: number
  readonly bytes: number
}

/**
 * Tensors with their places, one after the other from `offset`.
 * @throws FormatError naming the file and the tensor
 */
export function placeWeights(who: string, path: string, specs: unknown, offset = 0): PlacedWeight[] {
  let at = offset
  return arrayAt(who, path, specs).map((spec, i) => {
    const placed = placeWeight(who, `${path}[${i}]`, spec, at)
    at += placed.bytes
    return placed
  })
}

function placeWeight(file: string, path: string, value: unknown, offset: number): PlacedWeight {
  const spec = objectAt(file, path, value)
  const name = stringAt(file, `${path}.name`, spec.name)
  const who = `${file}, tensor ${show(name)}`
  const { shape, dtype, group } = spec
  const quantization = checkQuantization(who, spec.quantization)
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype)) {
    throw new FormatError({ who, expected: `dtype to be ${Object.keys(BYTES).join(', ')}`, received: show(dtype) })
  }
  const sizes = checkSizes(who, shape)
  const known = dtype as keyof typeof BYTES
  const elementBytes = quantization === undefined ? BYTES[known] : quantizedBytes(quantization.dtype)
  const bytes = sizes.reduce((product, size) => product * size, elementBytes)
  if (!(bytes <= MAX_BYTES)) {
    throw new FormatError({ who, expected: `at most ${MAX_BYTES} bytes`, received: `shape ${showShape(sizes)}` })
  }
  return {
    name,
    shape: sizes,
    dtype: known,
    quantization,
    group: typeof group === 'string' ? group : undefined,
    offset,
    bytes,
  }
}

function checkSizes(who: string, shape: unknown): readonly number[] {
  if (Array.isArray(shape) && shape.length <= 8 && shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    return shape
  }
  throw new FormatError({ who, expected: 'shape to be at most 8 integers of at least 0', received: show(shape) })
}

/** How many bytes the tensors take. */
export function bytesOf(weights: readonly PlacedWeight[]): number {
  return weights.reduce((sum, weight) => sum + weight.bytes, 0)
}

/**
 * Checks that there are as many weight bytes as the tensors take.
 * @param who the file or files with the bytes
 * @throws FormatError naming the tensor in which too short a file ends, and the offset
 */
export function checkWeightBytes(
  who: string,
  weights: readonly PlacedWeight[],
  bytes: number,
  received = `${bytes}`,
): void {
  const first = weights[0]?.offset ?? 0
  const expected = bytesOf(weights)
  if (bytes === expected) return
  const cut = weights.find((weight) => weight.offset - first + weight.bytes > bytes)
  const tensor =
    cut === undefined
      ? `${expected} bytes for ${weights.length} tensors`
      : `${expected} bytes, of them ${cut.bytes} at offset ${cut.offset - first} for tensor ${show(cut.name)} ${showShape(cut.shape)}`
  throw new FormatError({ who, expected: tensor, received })
}

/** The entries as handlers pass them on. */
export function toEntries(weights: readonly PlacedWeight[]): WeightEntry[] {
  return weights.map(({ name, shape, dtype, quantization, group }) => ({
    name,
    shape: [...shape],
    dtype,
    ...(quantization === undefined ? {} : { quantization }),
    ...(group === undefined ? {} : { group }),
  }))
}

/** The elements of a tensor as floats. */
export function tensorOf(data: ArrayBuffer, { shape, dtype, quantization, offset, bytes }: PlacedWeight): FileTensor {
  const stored = new Uint8Array(data, offset, bytes)
  if (quantization !== undefined) return { shape, dtype, values: dequantize(stored, quantization) }
  return { shape, dtype, values: toFloats(stored, dtype, bytes / BYTES[dtype]) }
}
