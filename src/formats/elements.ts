/** Elements of tensors in files as floats: what each dtype takes, and the two halves of 16 bits both ways. */

/** Dtypes as files have them, with the bytes that an element takes. */
export const ELEMENT_BYTES = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  float16: 2,
  bfloat16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
} as const

export type ElementType = keyof typeof ELEMENT_BYTES

/** A tensor out of a file: integers and doubles are rounded to floats. */
export interface FileTensor {
  readonly shape: readonly number[]
  readonly dtype: ElementType
  readonly values: Float32Array
}

/** IEEE 754 half precision as a float: 1 sign, 5 exponent, 10 mantissa bits. */
export function fromFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 31
  const mantissa = half & 1023
  if (exponent === 0) return sign * mantissa * 2 ** -24
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15)
}

/** A float as half precision, rounded to the nearest, to even at ties; beyond 65504 it is infinite. */
export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (size >= 65520) return sign | 0x7c00
  // Below 2⁻¹⁴ the steps are 2⁻²⁴ wide; above, 2¹⁰ to each power of two.
  let exponent = -14
  while (exponent < 15 && size >= 2 ** (exponent + 1)) exponent++
  const steps = roundToEven(size / 2 ** (exponent - 10))
  return sign | (exponent === -14 ? steps : ((exponent + 14) << 10) + steps)
}

function roundToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

/** Elements that lie in `bytes` one after the other, as floats. The bytes are as many as `count` elements take. */
export function toFloats(bytes: Uint8Array, dtype: ElementType, count: number, littleEndian = true): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = new Float32Array(count)
  const read = READERS[dtype]
  for (let i = 0; i < count; i++) values[i] = read(view, i, littleEndian)
  return values
}

const READERS: Readonly<Record<ElementType, (view: DataView, i: number, le: boolean) => number>> = {
  bool: (view, i) => (view.getUint8(i) === 0 ? 0 : 1),
  uint8: (view, i) => view.getUint8(i),
  int8: (view, i) => view.getInt8(i),
  uint16: (view, i, le) => view.getUint16(2 * i, le),
  int16: (view, i, le) => view.getInt16(2 * i, le),
  float16: (view, i, le) => fromFloat16(view.getUint16(2 * i, le)),
  bfloat16: (view, i, le) => fromBfloat16(view.getUint16(2 * i, le)),
  uint32: (view, i, le) => view.getUint32(4 * i, le),
  int32: (view, i, le) => view.getInt32(4 * i, le),
  float32: (view, i, le) => view.getFloat32(4 * i, le),
  uint64: (view, i, le) => Number(view.getBigUint64(8 * i, le)),
  int64: (view, i, le) => Number(view.getBigInt64(8 * i, le)),
  float64: (view, i, le) => view.getFloat64(8 * i, le),
}

const WORD = new DataView(new ArrayBuffer(4))

/** The upper half of a float's bits. */
function fromBfloat16(half: number): number {
  WORD.setUint32(0, half * 65536)
  return WORD.getFloat32(0)
}
