/**
 * Training data as rows that batches are taken from, whatever form it came in: a tensor, arrays, a data set. Only a
 * batch at a time enters the WebAssembly memory.
 */

import { ArgumentError, ShapeError, show, showShape } from '../errors.ts'
import { gather } from '../ops/gather.ts'
import { cast } from '../ops/op.ts'
import { type BatchShape, type Shape, sizeOf } from '../shape.ts'
import { allocate, fromValues, makeTensor, Tensor, type TensorValues, type TypedArray, tidy } from '../tensor.ts'
import type { Samples } from './samples.ts'

/** What `fit`, `evaluate` and `predict` take as inputs or targets: tensors or values, the samples along the first axis. */
export type ArrayData = Tensor | TensorValues

/** Rows of one shape. */
export interface Rows {
  readonly size: number
  /** The shape of one row. */
  readonly shape: Shape
  /** The rows at `indices` as a new float32 tensor [B, …shape]. */
  take(indices: Int32Array): Tensor
  /** Frees what was made for these rows alone. */
  dispose(): void
}

class TensorRows implements Rows {
  readonly size: number
  readonly shape: Shape
  readonly #tensor: Tensor
  readonly #owned: boolean

  constructor(tensor: Tensor, owned: boolean) {
    this.size = tensor.shape[0]!
    // One number per sample is one feature.
    this.shape = tensor.rank === 1 ? [1] : tensor.shape.slice(1)
    this.#tensor = tensor
    this.#owned = owned
  }

  take(indices: Int32Array): Tensor {
    return tidy(() => {
      if (this.#isWhole(indices)) return cast(this.#tensor, 'float32').alias('fit', [this.size, ...this.shape])
      const rows = gather(this.#tensor, fromValues('gather', indices, [indices.length], 'int32'), 0)
      const floats = cast(rows, 'float32')
      return rows.rank === 1 ? floats.alias('fit', [indices.length, 1]) : floats
    })
  }

  /** All rows in their order need not be copied. */
  #isWhole(indices: Int32Array): boolean {
    return indices.length === this.size && indices.every((index, i) => index === i)
  }

  dispose(): void {
    if (this.#owned) this.#tensor.dispose()
  }
}

/** A flat typed array, left where it is. */
class ArrayRows implements Rows {
  readonly size: number
  readonly shape: Shape
  readonly #values: TypedArray
  readonly #step: number

  constructor(values: TypedArray, shape: Shape) {
    this.shape = shape
    this.#values = values
    this.#step = sizeOf(shape)
    this.size = values.length / this.#step
  }

  take(indices: Int32Array): Tensor {
    const rows = allocate('fit', [indices.length, ...this.shape])
    const view = rows.view()
    const step = this.#step
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!
      if (step === 1) view[i] = this.#values[index]!
      else view.set(this.#values.subarray(index * step, (index + 1) * step), i * step)
    }
    return rows
  }

  dispose(): void {}
}

class SampleRows implements Rows {
  readonly size: number
  readonly shape: Shape
  readonly #fill: (indices: Int32Array, out: Float32Array) => void

  constructor(size: number, shape: Shape, fill: (indices: Int32Array, out: Float32Array) => void) {
    this.size = size
    this.shape = shape
    this.#fill = fill
  }

  take(indices: Int32Array): Tensor {
    const rows = allocate('fit', [indices.length, ...this.shape])
    this.#fill(indices, rows.view() as Float32Array)
    return rows
  }

  dispose(): void {}
}

/** Some of other rows, from `begin` to before `end`. */
export class RowsSlice implements Rows {
  readonly size: number
  readonly shape: Shape
  readonly #rows: Rows
  readonly #begin: number

  constructor(rows: Rows, begin: number, end: number) {
    this.size = end - begin
    this.shape = rows.shape
    this.#rows = rows
    this.#begin = begin
  }

  take(indices: Int32Array): Tensor {
    return this.#rows.take(indices.map((index) => index + this.#begin))
  }

  dispose(): void {}
}

/** The inputs of a data set. */
export function sampleInputs(samples: Samples): Rows {
  return new SampleRows(samples.size, samples.inputShape, (indices, out) => samples.fillInputs(indices, out))
}

/** The targets of a data set: class numbers for a sparse loss, one-hot rows otherwise. */
export function sampleTargets(samples: Samples, sparse: boolean): Rows {
  if (sparse) return new SampleRows(samples.size, [1], (indices, out) => samples.fillLabels(indices, out))
  return new SampleRows(samples.size, [samples.classes], (indices, out) => samples.fillOneHot(indices, out))
}

/**
 * The rows of a tensor or of values. A flat typed array holds as many rows as it has times the size of `expected`, the
 * shape that a model wants of one row; where `rowCount` is given it may also hold one number per row.
 */
export function toRows(who: string, argument: string, data: ArrayData, expected: BatchShape, rowCount?: number): Rows {
  if (data === undefined || data === null) {
    throw new ArgumentError({ who, expected: `${argument} to be a tensor or arrays`, received: show(data) })
  }
  if (data instanceof Tensor) {
    if (data.rank === 0) throw new ShapeError({ who, expected: `${argument} with a batch axis`, received: '[]' })
    data.storage(who)
    return new TensorRows(data, false)
  }
  if (!ArrayBuffer.isView(data)) {
    const tensor = makeTensor(`${who}, ${argument}`, data)
    if (tensor.rank > 0) return new TensorRows(tensor, true)
    tensor.dispose()
    throw new ShapeError({ who, expected: `${argument} with a batch axis`, received: show(data) })
  }
  if (data instanceof DataView || data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const received = `a ${Object.prototype.toString.call(data).slice(8, -1)}`
    throw new ArgumentError({
      who,
      expected: `${argument} to be numbers`,
      received,
      hint: 'Int32Array.from(labels, Number)',
    })
  }
  const values = data as TypedArray
  if (rowCount !== undefined && values.length === rowCount) return new ArrayRows(values, [1])
  const shape = expected.map((size) => size ?? 0)
  const step = sizeOf(shape)
  if (step > 0 && values.length % step === 0) return new ArrayRows(values, shape)
  throw new ShapeError({
    who,
    expected:
      step > 0
        ? `${argument} to hold a multiple of ${step} values, for rows of ${showShape(expected)}`
        : `${argument} to be a tensor, since rows of ${showShape(expected)} have no size of their own`,
    received: `${values.length}`,
  })
}

/** 0, 1, …, n − 1 */
export function indexRange(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => i)
}

/** The numbers from `from` to before `size`, in batches. */
export function* batches(
  size: number,
  batchSize: number,
  order: Int32Array = indexRange(size),
  from = 0,
): Generator<Int32Array> {
  for (let begin = from; begin < size; begin += batchSize)
    yield order.subarray(begin, Math.min(size, begin + batchSize))
}

/** A batch of `fitDataset`. */
export interface Batch {
  /** Inputs; a list or an object by names where there are several. */
  readonly xs: ArrayData | readonly ArrayData[] | Readonly<Record<string, ArrayData>>
  /** Targets; a list or an object by names where there are several. */
  readonly ys: ArrayData | readonly ArrayData[] | Readonly<Record<string, ArrayData>>
}
