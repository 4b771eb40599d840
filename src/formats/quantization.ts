/**
 * Quantised weights of TF.js's layers model: float16, or uint8 and uint16 by value = stored · scale + min. The stored
 * elements take a quarter or half of the bytes.
 */

import { FormatError, show } from '../errors.ts'
import { isObject } from '../json.ts'
import { fromFloat16, toFloat16 } from './elements.ts'

export const QUANTIZED_TYPES = ['uint8', 'uint16', 'float16'] as const
export type QuantizedType = (typeof QUANTIZED_TYPES)[number]

/** What an entry of `weightSpecs` says of it. */
export interface Quantization {
  readonly dtype: QuantizedType
  /** Of the integers; float16 has none. */
  readonly scale?: number
  readonly min?: number
  readonly original_dtype?: string
}

export function quantizedBytes(type: QuantizedType): number {
  return type === 'uint8' ? 1 : 2
}

/** @throws FormatError for another type, or numbers that are none */
export function checkQuantization(who: string, value: unknown): Quantization | undefined {
  if (value === undefined || value === null) return undefined
  const { dtype, scale, min, original_dtype } = isObject(value) ? value : ({} as Record<string, unknown>)
  const isType = (QUANTIZED_TYPES as readonly unknown[]).includes(dtype)
  const isScaled = Number.isFinite(scale) && Number.isFinite(min)
  if (!isType || (dtype !== 'float16' && !isScaled)) {
    const expected = `quantization to be float16, or ${QUANTIZED_TYPES.slice(0, 2).join(' or ')} with scale and min`
    throw new FormatError({ who, expected, received: isObject(value) ? show(Object.values(value)) : show(value) })
  }
  const original = typeof original_dtype === 'string' ? { original_dtype } : {}
  if (dtype === 'float16') return { dtype, ...original }
  return { dtype: dtype as QuantizedType, scale: scale as number, min: min as number, ...original }
}

/** The floats of stored elements; the arithmetic is TF.js's, in float64 and rounded once. */
export function dequantize(bytes: Uint8Array, { dtype, scale = 1, min = 0 }: Quantization): Float32Array {
  if (dtype === 'uint8') return Float32Array.from(bytes, (stored) => stored * scale + min)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = new Float32Array(bytes.byteLength / 2)
  for (let i = 0; i < values.length; i++) {
    const stored = view.getUint16(2 * i, true)
    values[i] = dtype === 'float16' ? fromFloat16(stored) : stored * scale + min
  }
  return values
}

/**
 * Floats as fewer bits. Integers run over the values' range, as TF.js's converter has them; a constant has scale 1.
 * @returns the bytes, and what says how they are meant
 */
export function quantize(
  values: Float32Array,
  dtype: QuantizedType,
): { readonly bytes: Uint8Array; readonly quantization: Quantization } {
  const bytes = new Uint8Array(values.length * quantizedBytes(dtype))
  const view = new DataView(bytes.buffer)
  if (dtype === 'float16') {
    for (let i = 0; i < values.length; i++) view.setUint16(2 * i, toFloat16(values[i]!), true)
    return { bytes, quantization: { dtype, original_dtype: 'float32' } }
  }
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  if (!Number.isFinite(min) || !Number.isFinite(max)) [min, max] = [0, 0]
  const steps = dtype === 'uint8' ? 255 : 65535
  const scale = max > min ? (max - min) / steps : 1
  for (let i = 0; i < values.length; i++) {
    const stored = Math.min(steps, Math.max(0, Math.round((values[i]! - min) / scale)))
    if (dtype === 'uint8') bytes[i] = stored
    else view.setUint16(2 * i, stored, true)
  }
  return { bytes, quantization: { dtype, min, scale, original_dtype: 'float32' } }
}
