/**
 * What kind of bytes or numbers something holds, told by its tag. Pages with frames, jsdom, Jest and `node:vm` hand
 * over arrays of another realm, which are no instance of this one's classes.
 */

const tagOf: (value: object) => string | undefined = (value) =>
  (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag]

/** 'Float32Array', 'Uint8ClampedArray', …, 'DataView'; nothing for what is no view of bytes. */
export function viewName(value: unknown): string | undefined {
  return ArrayBuffer.isView(value) ? tagOf(value) : undefined
}

/** A typed array of numbers, whatever its element: not a DataView, and not one of BigInts. */
export function isNumberArray(value: unknown): value is ArrayLike<number> & ArrayBufferView {
  return /^(?:Int|Uint|Float)\d+(?:Clamped)?Array$/.test(viewName(value) ?? '')
}

/** A typed array of floats, of 16, 32 or 64 bits. */
export function isFloatArray(value: unknown): value is Float32Array | Float64Array {
  return (viewName(value) ?? '').startsWith('Float')
}

/** A Uint8Array or a Uint8ClampedArray. */
export function isByteArray(value: unknown): value is Uint8Array | Uint8ClampedArray {
  return /^Uint8(?:Clamped)?Array$/.test(viewName(value) ?? '')
}

/** An ArrayBuffer, or a shared one. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return /ArrayBuffer\]$/.test(Object.prototype.toString.call(value))
}
