/** Tensors out of nothing: from values, filled, counted up; and variables, the tensors that can change. */

import { ArgumentError, checkInteger, checkNumber, checkOneOf, ShapeError, show, showShape } from '../errors.ts'
import { checkShape, type Shape } from '../shape.ts'
import {
  checkInt32,
  DATA_TYPES,
  type DataType,
  makeTensor,
  type Tensor,
  type TensorLike,
  type TensorValues,
  Variable,
} from '../tensor.ts'
import { allocate, record, runtime } from './op.ts'
import { withTensor, withType } from './operands.ts'

/**
 * A tensor of `values`: numbers or booleans nested as deep as the rank, or flat ones (also typed arrays) and a shape.
 * Default dtype: 'bool' of booleans, 'int32' of integer typed arrays, else 'float32'.
 * @param values numbers or booleans nested as deep as the rank, or flat ones (also typed arrays) with a shape
 * @param shape the sizes of the axes; default those of the nested arrays
 * @param dtype default: 'bool' of booleans, 'int32' of integer typed arrays, else 'float32'
 * @throws ShapeError where the number of values is not that of the shape, or rows differ in length
 * @example
 * tensor([[1, 2], [3, 4]]).print() // [[1, 2], [3, 4]]
 * console.log(tensor([1, 2, 3, 4, 5, 6], [2, 3]).shape) // [ 2, 3 ]
 */
export function tensor(values: TensorValues, shape?: Shape, dtype?: DataType): Tensor {
  return makeTensor('tensor', values, shape, dtype)
}

/**
 * A tensor of rank 0.
 * @param value a number or a boolean
 * @param dtype default: 'bool' of a boolean, else 'float32'
 * @example
 * scalar(3).print() // 3
 */
export function scalar(value: number | boolean, dtype?: DataType): Tensor {
  if (typeof value !== 'number' && typeof value !== 'boolean') {
    throw new ArgumentError({ who: 'scalar', expected: 'a number or a boolean', received: show(value) })
  }
  return makeTensor('scalar', value, [], dtype)
}

export function tensorOfRank(
  rank: number,
  values: TensorValues,
  shape: Shape | undefined,
  dtype: DataType | undefined,
): Tensor {
  const who = `tensor${rank}d`
  const isGiven = shape !== undefined && shape !== null
  if (isGiven) checkShape(who, shape)
  if (isGiven && shape.length !== rank) {
    throw new ShapeError({ who, expected: `a shape of rank ${rank}`, received: showShape(shape) })
  }
  const result = makeTensor(who, values, shape, dtype)
  if (result.rank === rank) return result
  result.dispose()
  const hint = rank > 1 && result.rank === 1 ? 'flat values need a shape' : undefined
  throw new ShapeError({ who, expected: `values of rank ${rank}`, received: showShape(result.shape), hint })
}

/**
 * A tensor of rank 1.
 * @param values flat numbers or booleans
 * @param dtype as for `tensor`
 * @throws ShapeError where the values are nested
 * @example
 * tensor1d([1, 2, 3]).print() // [1, 2, 3]
 */
export function tensor1d(values: TensorValues, dtype?: DataType): Tensor {
  return tensorOfRank(1, values, undefined, dtype)
}

/**
 * A tensor of rank 2, from rows, or from flat values and a shape.
 * @param values rows, or flat values and a shape
 * @param shape [rows, columns]; default that of the rows
 * @param dtype as for `tensor`
 * @throws ShapeError where the rank is not 2
 * @example
 * tensor2d([1, 2, 3, 4], [2, 2]).print() // [[1, 2], [3, 4]]
 */
export function tensor2d(values: TensorValues, shape?: Shape, dtype?: DataType): Tensor {
  return tensorOfRank(2, values, shape, dtype)
}

/**
 * A tensor of rank 3, from nested arrays, or from flat values and a shape.
 * @param values nested arrays, or flat values and a shape
 * @param shape three sizes; default those of the nested arrays
 * @param dtype as for `tensor`
 * @throws ShapeError where the rank is not 3
 * @example
 * console.log(tensor3d([[[1], [2]], [[3], [4]]]).shape) // [ 2, 2, 1 ]
 */
export function tensor3d(values: TensorValues, shape?: Shape, dtype?: DataType): Tensor {
  return tensorOfRank(3, values, shape, dtype)
}

/**
 * A tensor of rank 4, from nested arrays, or from flat values and a shape.
 * @param values nested arrays, or flat values and a shape
 * @param shape four sizes, [batch, height, width, channels] for images; default those of the nested arrays
 * @param dtype as for `tensor`
 * @throws ShapeError where the rank is not 4
 * @example
 * console.log(tensor4d([1, 2, 3, 4], [1, 2, 2, 1]).shape) // [ 1, 2, 2, 1 ]
 */
export function tensor4d(values: TensorValues, shape?: Shape, dtype?: DataType): Tensor {
  return tensorOfRank(4, values, shape, dtype)
}

function filled(who: string, shape: Shape, value: number, dtype: DataType | undefined): Tensor {
  dtype ??= 'float32'
  checkShape(who, shape)
  checkOneOf(who, 'dtype', dtype, DATA_TYPES)
  if (dtype === 'int32') checkInt32(who, value)
  const y = allocate(who, [...shape], dtype)
  if (dtype === 'float32') runtime(who).run('fill', y.size, y.at(who), value)
  else runtime(who).run('fillInt', y.size, y.at(who), dtype === 'bool' ? Number(value !== 0) : value)
  return y
}

/**
 * A tensor of zeros.
 * @param shape the sizes of the axes, e.g. [2, 3]
 * @param dtype 'float32', 'int32' or 'bool'; default 'float32'
 * @example
 * zeros([2, 3]).print() // [[0, 0, 0], [0, 0, 0]]
 */
export function zeros(shape: Shape, dtype?: DataType): Tensor {
  return filled('zeros', shape, 0, dtype)
}

/**
 * A tensor of ones.
 * @param shape the sizes of the axes, e.g. [2, 3]
 * @param dtype 'float32', 'int32' or 'bool'; default 'float32'
 * @example
 * ones([2, 2], 'int32').print() // [[1, 1], [1, 1]]
 */
export function ones(shape: Shape, dtype?: DataType): Tensor {
  return filled('ones', shape, 1, dtype)
}

/**
 * A tensor with one value everywhere.
 * @param shape the sizes of the axes, e.g. [2, 3]
 * @param value a number or a boolean
 * @param dtype default: 'bool' for a boolean, else 'float32'
 * @example
 * fill([2, 2], 7).print() // [[7, 7], [7, 7]]
 */
export function fill(shape: Shape, value: number | boolean, dtype?: DataType): Tensor {
  if (typeof value !== 'number' && typeof value !== 'boolean') {
    throw new ArgumentError({ who: 'fill', expected: 'a number or a boolean', received: show(value) })
  }
  return filled('fill', shape, Number(value), dtype ?? (typeof value === 'boolean' ? 'bool' : 'float32'))
}

/**
 * Zeros of the shape and dtype of x.
 * @param x a tensor, or values for one
 * @example
 * zerosLike([[1, 2], [3, 4]]).print() // [[0, 0], [0, 0]]
 */
export function zerosLike(x: TensorLike): Tensor {
  return filledLike('zerosLike', x, 0)
}

/**
 * Ones of the shape and dtype of x.
 * @param x a tensor, or values for one
 * @example
 * onesLike([1, 2, 3]).print() // [1, 1, 1]
 */
export function onesLike(x: TensorLike): Tensor {
  return filledLike('onesLike', x, 1)
}

/** It depends on x in no way: the gradient is 0, and there is one. */
function filledLike(who: string, x: TensorLike, value: number): Tensor {
  return withTensor(who, 'x', x, ($x) => {
    $x.storage(who)
    return record(who, [$x], filled(who, $x.shape, value, $x.dtype), [], (dy) => [zerosLike(dy)])
  })
}

/**
 * start, start + step, … as far as they lie before stop; nothing where the step leads away from it.
 * @param start the first value
 * @param stop where it ends, not included
 * @param step default: 1, or -1 where stop is below start
 * @param dtype default 'float32'
 * @throws ArgumentError where step is 0
 * @example
 * range(0, 10, 3).print() // [0, 3, 6, 9]
 */
export function range(start: number, stop: number, step?: number, dtype?: 'float32' | 'int32'): Tensor {
  const who = 'range'
  step ??= 1
  dtype ??= 'float32'
  checkNumber(who, 'start', start)
  checkNumber(who, 'stop', stop)
  checkNumber(who, 'step', step)
  checkOneOf(who, 'dtype', dtype, ['float32', 'int32'])
  if (step === 0) throw new ArgumentError({ who, expected: 'a step other than 0', received: '0' })
  const by = stop < start && step === 1 ? -1 : step
  const count = Math.max(0, Math.ceil((stop - start) / by))
  checkShape(who, [count])
  if (dtype === 'int32' && count > 0) for (const end of [start, start + (count - 1) * by]) checkInt32(who, end)
  const y = allocate(who, [count], dtype)
  const view = y.view(who)
  for (let i = 0; i < count; i++) view[i] = start + i * by
  return y
}

/**
 * `num` values from start to stop, both included, at equal distances.
 * @param start the first value
 * @param stop the last value
 * @param num how many, at least 1
 * @returns float32 [num]
 * @example
 * linspace(0, 1, 5).print() // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(start: number, stop: number, num: number): Tensor {
  const who = 'linspace'
  checkNumber(who, 'start', start)
  checkNumber(who, 'stop', stop)
  checkInteger(who, 'num', num, 1)
  const y = allocate(who, [num])
  const view = y.view(who)
  for (let i = 0; i < num; i++) view[i] = start + ((stop - start) / Math.max(1, num - 1)) * i
  if (num > 1) view[num - 1] = stop
  return y
}

/**
 * Ones on the diagonal and zeros elsewhere.
 * @param numRows the number of rows
 * @param numColumns the number of columns; default numRows
 * @param batchShape sizes of axes in front, over which the matrix is repeated; default none
 * @param dtype 'float32', 'int32' or 'bool'; default 'float32'
 * @example
 * eye(3).print() // [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
 */
export function eye(numRows: number, numColumns?: number, batchShape?: Shape, dtype?: DataType): Tensor {
  const who = 'eye'
  numColumns ??= numRows
  batchShape ??= []
  checkInteger(who, 'numRows', numRows)
  checkInteger(who, 'numColumns', numColumns)
  checkShape(who, batchShape)
  const y = filled(who, [...batchShape, numRows, numColumns], 0, dtype)
  const view = y.view(who)
  const matrix = numRows * numColumns
  for (let at = 0; at < view.length; at += matrix) {
    for (let i = 0; i < Math.min(numRows, numColumns); i++) view[at + i * (numColumns + 1)] = 1
  }
  return y
}

/**
 * A tensor whose value can be replaced by `assign`: a weight. It starts from a copy of `initialValue`.
 * @param initialValue a tensor, or values for one
 * @param trainable whether `variableGrads` and optimizers take it in by themselves; default true
 * @param name default `variable_` and a number
 * @param dtype default that of the initial value
 * @example
 * const w = variable([1, 2])
 * w.assign(tensor([3, 4]))
 * w.print() // [3, 4]
 */
export function variable(initialValue: TensorLike, trainable?: boolean, name?: string, dtype?: DataType): Variable {
  const who = 'variable'
  trainable ??= true
  if (typeof trainable !== 'boolean') {
    throw new ArgumentError({ who, expected: 'trainable to be a boolean', received: show(trainable) })
  }
  if (name !== undefined && name !== null && typeof name !== 'string') {
    throw new ArgumentError({ who, expected: 'name to be a string', received: show(name) })
  }
  return withTensor(who, 'initialValue', initialValue, (given) => {
    if (dtype !== undefined && dtype !== null) checkOneOf(who, 'dtype', dtype, DATA_TYPES)
    return withType(who, 'initialValue', given, dtype ?? given.dtype, (start) => {
      const copy = allocate(who, start.shape, start.dtype)
      copy.view(who).set(start.view(who))
      const result = new Variable(copy.storage(who).hold(), copy.shape, copy.dtype, name, trainable)
      copy.dispose()
      return result
    })
  })
}
