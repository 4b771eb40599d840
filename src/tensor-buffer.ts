/** Values that are put together one by one before they become a tensor. */

import { ArgumentError, checkInteger, listed, ShapeError, show, showShape } from './errors.ts'
import { checkShape, type Shape, sizeOf } from './shape.ts'
import { DATA_TYPES, type DataType, fromValues, type Tensor } from './tensor.ts'

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const

/** A shape and an array of values that can be written to. It holds no memory of the kernels. */
export class TensorBuffer {
  /** The sizes of the axes. */
  readonly shape: Shape
  /** 'float32', 'int32' or 'bool'. */
  readonly dtype: DataType
  /** The number of elements. */
  readonly size: number
  /** Row-major, of the length `size`. */
  readonly values: Float32Array | Int32Array | Uint8Array

  /**
   * A buffer of zeros, or of `values`; `buffer()` makes one.
   * @param shape the sizes of the axes
   * @param dtype default 'float32'
   * @param values row-major, of the right length; default zeros
   */
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

  /** The number of axes. */
  get rank(): number {
    return this.shape.length
  }

  /** Elements from one index to the next along each axis. */
  get strides(): number[] {
    return this.shape.slice(0, -1).map((_, axis) => sizeOf(this.shape.slice(axis + 1)))
  }

  /**
   * Writes one element; without indices the first one.
   * @param value what is written
   * @param locs an index for each axis
   * @throws ArgumentError where an index is outside of its axis
   * @example
   * const matrix = buffer([2, 2])
   * matrix.set(7, 1, 0)
   * console.log(matrix.values) // Float32Array(4) [ 0, 0, 7, 0 ]
   */
  set(value: number | boolean, ...locs: number[]): void {
    this.values[this.locToIndex(locs)] = Number(value)
  }

  /**
   * One element; without indices the first one.
   * @param locs an index for each axis
   * @throws ArgumentError where an index is outside of its axis
   * @example
   * console.log(buffer([2, 2], 'float32', Float32Array.of(1, 2, 3, 4)).get(1, 0)) // 3
   */
  get(...locs: number[]): number {
    return this.values[this.locToIndex(locs)]!
  }

  /**
   * The place of an element in `values`.
   * @param locs an index for each axis
   * @example
   * console.log(buffer([2, 3]).locToIndex([1, 2])) // 5
   */
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

  /**
   * The indices of the element at a place in `values`.
   * @param index from 0 to size − 1
   * @example
   * console.log(buffer([2, 3]).indexToLoc(5)) // [ 1, 2 ]
   */
  indexToLoc(index: number): number[] {
    let rest = index
    return this.shape.map((_, axis) => {
      const step = sizeOf(this.shape.slice(axis + 1))
      const loc = Math.floor(rest / step)
      rest -= loc * step
      return loc
    })
  }

  /**
   * A tensor of the values, copied.
   * @example
   * buffer([2]).toTensor().print() // [0, 0]
   */
  toTensor(): Tensor {
    return fromValues('buffer', this.values, this.shape, this.dtype)
  }
}

/**
 * A buffer of zeros, or of `values`, to be written to and made a tensor of. Default dtype 'float32'.
 * @param shape the sizes of the axes
 * @param dtype default 'float32'
 * @param values row-major, of the right length; default zeros
 * @throws ShapeError where the number of values is not that of the shape
 * @example
 * const matrix = buffer([2, 2])
 * matrix.set(7, 0, 1)
 * matrix.toTensor().print() // [[0, 7], [0, 0]]
 */
export function buffer(
  shape: Shape,
  dtype?: DataType | null,
  values?: Float32Array | Int32Array | Uint8Array | null,
): TensorBuffer {
  return new TensorBuffer(shape, dtype, values)
}
