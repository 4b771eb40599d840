/** Values that are put together one by one before they become a tensor. */

import { ArgumentError, checkInteger, listed, ShapeError, show, showShape } from './errors.ts'
import { checkShape, type Shape, sizeOf } from './shape.ts'
import { DATA_TYPES, type DataType, fromValues, type Tensor } from './tensor.ts'

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const

/** A shape and an array of values that can be written to. It holds no memory of the kernels. */
export class TensorBuffer {
  readonly shape: Shape
  readonly dtype: DataType
  readonly size: number
  /** Row-major, of the length `size`. */
  readonly values: Float32Array | Int32Array | Uint8Array

  /** @param values of the right length; default zeros */
  constructor(shape: Shape, dtype?: DataType | null, values?: Float32Array | Int32Array | Uint8Array | null) {
    const who = 'buffer'
    checkShape(who, shape)
    const type = dtype ?? 'float32'
    if (!DATA_TYPES.includes(type)) {
      throw new ArgumentError({ who, expected: `dtype ${listed(DATA_TYPES)}`, received: show(dtype) })
    }
    this.shape = Object.freeze([...shape])
    this.dtype = type
    this.size = sizeOf(shape)
    if (values !== undefined && values !== null && values.length !== this.size) {
      throw new ShapeError({ who, expected: `${this.size} values for ${showShape(shape)}`, received: show(values) })
    }
    this.values = values ?? new ARRAYS[type](this.size)
  }

  get rank(): number {
    return this.shape.length
  }

  /** Elements from one index to the next along each axis. */
  get strides(): number[] {
    return this.shape.slice(0, -1).map((_, axis) => sizeOf(this.shape.slice(axis + 1)))
  }

  /** Writes one element; without indices the first one. */
  set(value: number | boolean, ...locs: number[]): void {
    this.values[this.locToIndex(locs)] = Number(value)
  }

  /** One element; without indices the first one. */
  get(...locs: number[]): number {
    return this.values[this.locToIndex(locs)]!
  }

  /** The place of an element in `values`. */
  locToIndex(locs: readonly number[]): number {
    const who = 'buffer'
    if (locs.length === 0) return 0
    if (locs.length !== this.rank) {
      throw new ArgumentError({
        who,
        expected: `${this.rank} indices for ${showShape(this.shape)}`,
        received: show(locs),
      })
    }
    return locs.reduce((at, loc, axis) => {
      checkInteger(who, `index ${axis}`, loc, 0, this.shape[axis]! - 1)
      return at * this.shape[axis]! + loc
    }, 0)
  }

  /** The indices of the element at a place in `values`. */
  indexToLoc(index: number): number[] {
    let rest = index
    return this.shape.map((_, axis) => {
      const step = sizeOf(this.shape.slice(axis + 1))
      const loc = Math.floor(rest / step)
      rest -= loc * step
      return loc
    })
  }

  /** A tensor of the values, copied. */
  toTensor(): Tensor {
    return fromValues('buffer', this.values, this.shape, this.dtype)
  }
}

/** A buffer of zeros, or of `values`, to be written to and made a tensor of. Default dtype 'float32'. */
export function buffer(
  shape: Shape,
  dtype?: DataType | null,
  values?: Float32Array | Int32Array | Uint8Array | null,
): TensorBuffer {
  return new TensorBuffer(shape, dtype, values)
}
