/** The namespace `util`: the small functions of TF.js that programs call. */

import { ArgumentError, checkInteger, ShapeError, StateError, show, showShape } from '../errors.ts'
import { tanh as tanhOf } from '../ops/activation.ts'
import { nextSeed } from '../ops/random.ts'
import { stridesOf } from '../ops/strided.ts'
import { Random } from '../random.ts'
import { checkAxes, checkShape, type Shape, sizeOf } from '../shape.ts'
import { DATA_TYPES, type DataType, Tensor, tidy } from '../tensor.ts'
import { isFloatArray, isNumberArray, viewName } from '../typed-arrays.ts'

function checkList(who: string, argument: string, list: unknown): asserts list is ArrayLike<unknown> {
  if (Array.isArray(list) || isNumberArray(list)) return
  throw new ArgumentError({ who, expected: `${argument} to be an array`, received: show(list) })
}

function checkNumbers(who: string, numbers: Readonly<Record<string, unknown>>): void {
  for (const [argument, value] of Object.entries(numbers)) {
    if (typeof value === 'number') continue
    throw new ArgumentError({ who, expected: `${argument} to be a number`, received: show(value) })
  }
}

function checkText(who: string, argument: string, text: unknown): asserts text is string {
  if (typeof text === 'string') return
  throw new ArgumentError({ who, expected: `${argument} to be a text`, received: show(text) })
}

/**
 * Throws unless a condition holds.
 * @param condition what must be so
 * @param message what the error says, or a function that makes it
 * @throws ArgumentError with the message
 * @example
 * util.assert(1 + 1 === 2, () => 'not in this world')
 */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (condition) return
  throw new ArgumentError({
    who: 'util.assert',
    expected: 'the condition to hold',
    received: typeof message === 'function' ? message() : String(message),
  })
}

/**
 * Throws unless two shapes are equal.
 * @param shapeA a shape
 * @param shapeB another
 * @param errorMessagePrefix stands before the message; default ''
 * @throws ShapeError where they differ
 * @example
 * util.assertShapesMatch([2, 3], [2, 3])
 */
export function assertShapesMatch(shapeA: Shape, shapeB: Shape, errorMessagePrefix?: string): void {
  const who =
    typeof errorMessagePrefix === 'string' && errorMessagePrefix ? errorMessagePrefix : 'util.assertShapesMatch'
  checkList(who, 'shapeA', shapeA)
  checkList(who, 'shapeB', shapeB)
  if (arraysEqual(shapeA, shapeB)) return
  throw new ShapeError({ who, expected: showShape(shapeA), received: showShape(shapeB) })
}

/**
 * Throws where a value is null or undefined.
 * @param value any
 * @throws ArgumentError for null and undefined
 * @example
 * util.assertNonNull(0)
 */
export function assertNonNull(value: unknown): void {
  if (value !== null && value !== undefined) return
  throw new ArgumentError({ who: 'util.assertNonNull', expected: 'a value', received: show(value) })
}

/**
 * Puts the elements of an array in random order, in place, from the stream of `setSeed`.
 * @param array its elements change places
 * @example
 * const cards = [1, 2, 3, 4]
 * util.shuffle(cards)
 * console.log(cards.length) // 4
 */
export function shuffle(array: unknown[] | Float32Array | Int32Array | Uint8Array): void {
  checkList('util.shuffle', 'array', array)
  const order = createShuffledIndices(array.length)
  const copy = Array.from(array)
  order.forEach((from, to) => {
    array[to] = copy[from] as never
  })
}

/**
 * Puts the elements of two arrays of one length in the same random order, in place.
 * @param array its elements change places
 * @param array2 of the same length
 * @throws ArgumentError where the lengths differ
 * @example
 * const [xs, ys] = [[1, 2, 3], ['a', 'b', 'c']]
 * util.shuffleCombo(xs, ys)
 * console.log(ys[xs.indexOf(2)]) // b
 */
export function shuffleCombo(array: unknown[], array2: unknown[]): void {
  checkList('util.shuffleCombo', 'array', array)
  checkList('util.shuffleCombo', 'array2', array2)
  if (array.length !== array2.length) {
    const received = `${array.length} and ${array2.length}`
    throw new ShapeError({ who: 'util.shuffleCombo', expected: 'arrays of one length', received })
  }
  const order = createShuffledIndices(array.length)
  const copies = [[...array], [...array2]] as const
  order.forEach((from, to) => {
    array[to] = copies[0][from]
    array2[to] = copies[1][from]
  })
}

/**
 * 0 to n − 1 in random order, from the stream of `setSeed`.
 * @param n how many
 * @example
 * console.log(util.createShuffledIndices(4).length) // 4
 */
export function createShuffledIndices(n: number): Uint32Array {
  checkInteger('util.createShuffledIndices', 'n', n)
  const order = Int32Array.from({ length: n }, (_, i) => i)
  return Uint32Array.from(new Random(nextSeed('util.createShuffledIndices')).shuffle(order))
}

/**
 * A number held within min and max.
 * @param min the lower bound
 * @param x the number
 * @param max the upper bound
 * @example
 * console.log(util.clamp(0, 7, 5)) // 5
 */
export function clamp(min: number, x: number, max: number): number {
  checkNumbers('util.clamp', { min, x, max })
  return Math.max(min, Math.min(x, max))
}

/**
 * The numbers within nested arrays, one after the other.
 * @param arr numbers in arrays in arrays
 * @param result what they are added to; default a new array
 * @param skipTypedArray whether typed arrays stay as they are; default false
 * @example
 * console.log(util.flatten([[1, 2], [[3]]])) // [ 1, 2, 3 ]
 */
export function flatten<T>(arr: T | readonly unknown[], result?: T[] | null, skipTypedArray = false): T[] {
  const flat = result ?? []
  checkList('util.flatten', 'result', flat)
  const open: unknown[] = [arr]
  while (open.length > 0) {
    const next = open.pop()
    const isList = Array.isArray(next) || (isNumberArray(next) && !skipTypedArray)
    if (isList) for (let i = (next as unknown[]).length - 1; i >= 0; i--) open.push((next as unknown[])[i])
    else flat.push(next as T)
  }
  return flat
}

/**
 * The number of elements of a shape.
 * @param shape the sizes of the axes
 * @example
 * console.log(util.sizeFromShape([2, 3, 4])) // 24
 */
export function sizeFromShape(shape: Shape): number {
  checkShape('util.sizeFromShape', shape)
  return sizeOf(shape)
}

/**
 * Whether a shape is that of a scalar.
 * @param shape the sizes of the axes
 * @example
 * console.log(util.isScalarShape([])) // true
 */
export function isScalarShape(shape: Shape): boolean {
  checkShape('util.isScalarShape', shape)
  return shape.length === 0
}

/**
 * Whether two arrays have the same elements.
 * @param n1 an array
 * @param n2 another
 * @example
 * console.log(util.arraysEqual([1, 2], [1, 2])) // true
 */
export function arraysEqual(n1: ArrayLike<unknown>, n2: ArrayLike<unknown>): boolean {
  if (n1 === n2) return true
  checkList('util.arraysEqual', 'n1', n1)
  checkList('util.arraysEqual', 'n2', n2)
  return n1.length === n2.length && Array.from(n1).every((value, i) => value === n2[i])
}

/**
 * Whether a number is an integer.
 * @param a the number
 * @example
 * console.log(util.isInt(1.5)) // false
 */
export function isInt(a: number): boolean {
  return Number.isInteger(a)
}

/**
 * Whether a value is a typed array that tensors are made of.
 * @param a any
 * @example
 * console.log(util.isTypedArray(new Float32Array(2))) // true
 */
export function isTypedArray(a: unknown): boolean {
  return isNumberArray(a)
}

/**
 * Whether a value is a text.
 * @param value any
 * @example
 * console.log(util.isString('a')) // true
 */
export function isString(value: unknown): value is string {
  return typeof value === 'string'
}

/**
 * Whether a value is true or false.
 * @param value any
 * @example
 * console.log(util.isBoolean(0)) // false
 */
export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

/**
 * Whether a value is a number.
 * @param value any
 * @example
 * console.log(util.isNumber(0)) // true
 */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

/**
 * Whether a value can be called.
 * @param f any
 * @example
 * console.log(util.isFunction(() => 1)) // true
 */
export function isFunction(f: unknown): boolean {
  return typeof f === 'function'
}

/**
 * Whether a value is a promise, or has `then` as one.
 * @param object any
 * @example
 * console.log(util.isPromise(Promise.resolve())) // true
 */
export function isPromise(object: unknown): boolean {
  return typeof (object as { then?: unknown } | null | undefined)?.then === 'function'
}

/**
 * The dtype that values are given where none is named.
 * @param values arrays, numbers, booleans or texts
 * @example
 * console.log(util.inferDtype([true, false])) // bool
 */
export function inferDtype(values: unknown): DataType | 'string' {
  let first = values
  while (Array.isArray(first)) first = first[0]
  if (isNumberArray(first)) return isFloatArray(first) ? 'float32' : 'int32'
  if (typeof first === 'boolean') return 'bool'
  return typeof first === 'string' ? 'string' : 'float32'
}

/**
 * The shape of nested arrays or of a tensor.
 * @param values nested arrays or a tensor
 * @example
 * console.log(util.inferShape([[1, 2], [3, 4]])) // [ 2, 2 ]
 */
export function inferShape(values: unknown): number[] {
  if (values instanceof Tensor) return [...values.shape]
  const shape: number[] = []
  let first = values
  for (; Array.isArray(first); first = first[0]) shape.push(first.length)
  if (viewName(first) !== undefined) shape.push((first as Float32Array).length)
  return shape
}

/**
 * How many elements a step along each axis passes, the last axis left out.
 * @param shape the sizes of the axes
 * @example
 * console.log(util.computeStrides([2, 3, 4])) // [ 12, 4 ]
 */
export function computeStrides(shape: Shape): number[] {
  checkShape('util.computeStrides', shape)
  return stridesOf(shape).slice(0, -1)
}

/**
 * An array of zeros for a dtype.
 * @param size its length
 * @param dtype 'float32', 'int32' or 'bool'
 * @example
 * console.log(util.makeZerosTypedArray(2, 'float32')) // Float32Array(2) [ 0, 0 ]
 */
export function makeZerosTypedArray(size: number, dtype: DataType): Float32Array | Int32Array | Uint8Array {
  checkInteger('util.makeZerosTypedArray', 'size', size)
  return new (getArrayFromDType(dtype))(size)
}

/**
 * An array of ones for a dtype.
 * @param size its length
 * @param dtype 'float32', 'int32' or 'bool'
 * @example
 * console.log(util.makeOnesTypedArray(2, 'int32')) // Int32Array(2) [ 1, 1 ]
 */
export function makeOnesTypedArray(size: number, dtype: DataType): Float32Array | Int32Array | Uint8Array {
  return makeZerosTypedArray(size, dtype).fill(1)
}

/**
 * The kind of array that holds a dtype.
 * @param dtype 'float32', 'int32' or 'bool'
 * @example
 * console.log(util.getArrayFromDType('int32').name) // Int32Array
 */
export function getArrayFromDType(
  dtype: DataType,
): Float32ArrayConstructor | Int32ArrayConstructor | Uint8ArrayConstructor {
  if (dtype === 'float32') return Float32Array
  if (dtype === 'int32') return Int32Array
  if (dtype === 'bool') return Uint8Array
  const who = 'util.getArrayFromDType'
  throw new ArgumentError({ who, expected: `one of ${DATA_TYPES.join(', ')}`, received: show(dtype) })
}

/**
 * Bytes of an element on the JavaScript side.
 * @param dtype 'float32', 'int32' or 'bool'
 * @example
 * console.log(util.bytesPerElement('float32')) // 4
 */
export function bytesPerElement(dtype: DataType): number {
  return getArrayFromDType(dtype).BYTES_PER_ELEMENT
}

/**
 * Axes as a list, counted from 0; null or undefined = all.
 * @param axis one or several; null or undefined = all
 * @param shape the sizes of the axes
 * @example
 * console.log(util.parseAxisParam(-1, [2, 3, 4])) // [ 2 ]
 */
export function parseAxisParam(axis: number | readonly number[] | null | undefined, shape: Shape): number[] {
  checkShape('util.parseAxisParam', shape)
  return checkAxes('util.parseAxisParam', axis, shape.length)
}

/**
 * A shape and the axes that are left when those of size 1 (all, or these) are taken out.
 * @param shape the sizes of the axes
 * @param axis those that are taken out; default all of size 1
 * @example
 * console.log(util.squeezeShape([1, 3, 1]).newShape) // [ 3 ]
 */
export function squeezeShape(shape: Shape, axis?: readonly number[]): { newShape: number[]; keptDims: number[] } {
  const who = 'util.squeezeShape'
  checkShape(who, shape)
  const out = axis === undefined || axis === null || axis.length === 0 ? undefined : checkAxes(who, axis, shape.length)
  const bad = out?.find((at) => shape[at] !== 1)
  if (bad !== undefined) throw new ShapeError({ who, expected: `size 1 at axis ${bad}`, received: showShape(shape) })
  const keptDims = shape.flatMap((size, at) => ((out === undefined ? size !== 1 : !out.includes(at)) ? [at] : []))
  return { newShape: keptDims.map((at) => shape[at]!), keptDims }
}

/**
 * A shape with its one -1 replaced by what `size` elements leave for it.
 * @param shape the sizes of the axes
 * @param size how many elements there are
 * @throws ShapeError where they do not fit
 * @example
 * console.log(util.inferFromImplicitShape([2, -1], 6)) // [ 2, 3 ]
 */
export function inferFromImplicitShape(shape: Shape, size: number): number[] {
  const who = 'util.inferFromImplicitShape'
  checkList(who, 'shape', shape)
  checkInteger(who, 'size', size)
  const known = shape.filter((n) => n !== -1)
  checkShape(who, known)
  const product = sizeOf(known)
  const fits =
    known.length === shape.length ? product === size : known.length === shape.length - 1 && size % product === 0
  if (!fits) throw new ShapeError({ who, expected: `a shape of ${size} elements`, received: showShape(shape) })
  return shape.map((n) => (n === -1 ? size / product : n))
}

/**
 * The place of an element among all, of its indices.
 * @param locs an index for each axis
 * @param rank how many axes
 * @param strides what `computeStrides` returns
 * @example
 * console.log(util.locToIndex([1, 2], 2, util.computeStrides([2, 3]))) // 5
 */
export function locToIndex(locs: readonly number[], rank: number, strides: readonly number[]): number {
  checkList('util.locToIndex', 'locs', locs)
  checkInteger('util.locToIndex', 'rank', rank)
  checkList('util.locToIndex', 'strides', strides)
  return Array.from(locs.slice(0, rank), Number).reduce((at, loc, axis) => at + loc * (strides[axis] ?? 1), 0)
}

/**
 * The indices of an element, of its place among all.
 * @param index its place
 * @param rank how many axes
 * @param strides what `computeStrides` returns
 * @example
 * console.log(util.indexToLoc(5, 2, util.computeStrides([2, 3]))) // [ 1, 2 ]
 */
export function indexToLoc(index: number, rank: number, strides: readonly number[]): number[] {
  const who = 'util.indexToLoc'
  checkInteger(who, 'index', index)
  checkInteger(who, 'rank', rank)
  checkList(who, 'strides', strides)
  let rest = index
  return Array.from({ length: rank }, (_, axis) => {
    const step = axis === rank - 1 ? 1 : strides[axis]!
    const loc = Math.floor(rest / step)
    rest -= loc * step
    return loc
  })
}

/**
 * Nested arrays out of flat values.
 * @param shape the sizes of the axes
 * @param values as many as the shape has elements
 * @example
 * console.log(util.toNestedArray([2, 2], [1, 2, 3, 4])) // [ [ 1, 2 ], [ 3, 4 ] ]
 */
export function toNestedArray(shape: Shape, values: ArrayLike<number>): unknown {
  const who = 'util.toNestedArray'
  checkShape(who, shape)
  checkList(who, 'values', values)
  if (shape.length === 0) return values[0]
  if (sizeOf(shape) !== values.length) {
    throw new ShapeError({ who, expected: `${sizeOf(shape)} values for ${showShape(shape)}`, received: show(values) })
  }
  const nest = (axis: number, from: number): unknown =>
    axis === shape.length
      ? values[from]
      : Array.from({ length: shape[axis]! }, (_, i) => nest(axis + 1, from + i * sizeOf(shape.slice(axis + 1))))
  return nest(0, 0)
}

/**
 * Spaces behind a text until it has this length.
 * @param a the text
 * @param size the length
 * @example
 * console.log(`${util.rightPad('ab', 4)}|`) // ab  |
 */
export function rightPad(a: string, size: number): string {
  checkText('util.rightPad', 'a', a)
  checkInteger('util.rightPad', 'size', size)
  return a.padEnd(size)
}

/**
 * Milliseconds since the page or the process began.
 * @example
 * console.log(util.now() > 0) // true
 */
export function now(): number {
  return performance.now()
}

/**
 * The fetch of the platform.
 * @param path an address
 * @param requestInits what goes along
 * @example
 * const response = await util.fetch('data:text/plain,hello')
 * console.log(await response.text()) // hello
 */
export function fetch(path: string, requestInits?: RequestInit): Promise<Response> {
  return globalThis.fetch(path, requestInits)
}

/**
 * A text as bytes of UTF-8.
 * @param s the text
 * @example
 * console.log(util.encodeString('hi')) // Uint8Array(2) [ 104, 105 ]
 */
export function encodeString(s: string): Uint8Array {
  checkText('util.encodeString', 's', s)
  return new TextEncoder().encode(s)
}

/**
 * Bytes of UTF-8 as a text.
 * @param bytes of UTF-8
 * @example
 * console.log(util.decodeString(Uint8Array.of(104, 105))) // hi
 */
export function decodeString(bytes: Uint8Array): string {
  const who = 'util.decodeString'
  if (viewName(bytes) === undefined) throw new ArgumentError({ who, expected: 'bytes', received: show(bytes) })
  return new TextDecoder().decode(bytes)
}

/**
 * The sum of numbers.
 * @param arr the numbers
 * @example
 * console.log(util.sum([1, 2, 3])) // 6
 */
export function sum(arr: readonly number[]): number {
  checkList('util.sum', 'arr', arr)
  return Array.from<number>(arr).reduce((total, n) => total + Number(n), 0)
}

/**
 * A random number from a to below b, by the stream of `setSeed`.
 * @param a the least
 * @param b what it is below
 * @example
 * console.log(util.randUniform(2, 2)) // 2
 */
export function randUniform(a: number, b: number): number {
  checkNumbers('util.randUniform', { a, b })
  return a + (b - a) * new Random(nextSeed('util.randUniform')).nextFloat()
}

/**
 * The squared distance of two vectors.
 * @param a one
 * @param b the other
 * @example
 * console.log(util.distSquared([0, 0], [3, 4])) // 25
 */
export function distSquared(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const who = 'util.distSquared'
  checkList(who, 'a', a)
  checkList(who, 'b', b)
  if (a.length !== b.length) {
    throw new ShapeError({ who, expected: 'vectors of one length', received: `${a.length} and ${b.length}` })
  }
  return sum(Array.from(a, (value, i) => (Number(value) - Number(b[i])) ** 2))
}

/**
 * The hyperbolic tangent of a number.
 * @param x a number
 * @example
 * console.log(util.tanh(0)) // 0
 */
export function tanh(x: number): number {
  return tidy(() => tanhOf(x).dataSync()[0]!)
}

/**
 * Exchanges two elements.
 * @param object a list
 * @param left a place in it
 * @param right another
 * @example
 * const list = [1, 2]
 * util.swap(list, 0, 1)
 * console.log(list) // [ 2, 1 ]
 */
export function swap<T>(object: { [index: number]: T }, left: number, right: number): void {
  checkList('util.swap', 'object', object)
  checkInteger('util.swap', 'left', left)
  checkInteger('util.swap', 'right', right)
  const kept = object[left]!
  object[left] = object[right]!
  object[right] = kept
}

/**
 * The least even number from n on.
 * @param val n
 * @example
 * console.log(util.nearestLargerEven(5)) // 6
 */
export function nearestLargerEven(val: number): number {
  checkInteger('util.nearestLargerEven', 'val', val, Number.MIN_SAFE_INTEGER)
  return val % 2 === 0 ? val : val + 1
}

/**
 * The least divisor of `size` from `start` on.
 * @param size what is divided
 * @param start the least divisor that will do
 * @example
 * console.log(util.nearestDivisor(12, 5)) // 6
 */
export function nearestDivisor(size: number, start: number): number {
  checkInteger('util.nearestDivisor', 'size', size)
  checkInteger('util.nearestDivisor', 'start', start, 1)
  for (let i = start; i < size; ++i) if (size % i === 0) return i
  return size
}

/**
 * A shape of two sizes near each other that has room for `size` elements.
 * @param size how many elements
 * @example
 * console.log(util.sizeToSquarishShape(12)) // [ 4, 3 ]
 */
export function sizeToSquarishShape(size: number): [number, number] {
  checkInteger('util.sizeToSquarishShape', 'size', size)
  const width = Math.ceil(Math.sqrt(size))
  return [width, Math.ceil(size / width)]
}

/**
 * As `arraysEqual`, where nulls are equal to each other.
 * @param n1 one list or null
 * @param n2 the other
 * @example
 * console.log(util.arraysEqualWithNull(null, null)) // true
 */
export function arraysEqualWithNull(
  n1: ArrayLike<number | null> | null | undefined,
  n2: ArrayLike<number | null> | null | undefined,
): boolean {
  if (n1 === null || n1 === undefined || n2 === null || n2 === undefined) return n1 === n2
  return arraysEqual(n1, n2)
}

/**
 * Whether tensors can have a dtype.
 * @param dtype its name
 * @example
 * console.log(util.isValidDtype('int32')) // true
 */
export function isValidDtype(dtype: unknown): dtype is DataType {
  return DATA_TYPES.includes(dtype as DataType)
}

/**
 * Whether a value of one dtype may not fit another.
 * @param oldType what it has
 * @param newType what it would have
 * @example
 * console.log(util.hasEncodingLoss('float32', 'int32')) // true
 */
export function hasEncodingLoss(oldType: DataType, newType: DataType): boolean {
  getArrayFromDType(oldType)
  getArrayFromDType(newType)
  const width = { bool: 0, int32: 1, float32: 2 } as const
  return width[newType] < width[oldType]
}

/**
 * Throws where a shape has sizes that are none.
 * @param shape the sizes
 * @example
 * util.assertNonNegativeIntegerDimensions([2, 3])
 */
export function assertNonNegativeIntegerDimensions(shape: Shape): void {
  checkList('util.assertNonNegativeIntegerDimensions', 'shape', shape)
  for (const size of Array.from<number>(shape)) {
    assert(Number.isInteger(size) && size >= 0, `Tensor must have a shape of non-negative integers but got [${shape}].`)
  }
}

/**
 * Throws where values are NaN or infinite.
 * @param vals the values
 * @param dtype what they are to become
 * @example
 * util.checkConversionForErrors([1, 2], 'float32')
 */
export function checkConversionForErrors(vals: ArrayLike<number>, dtype: DataType): void {
  checkList('util.checkConversionForErrors', 'vals', vals)
  getArrayFromDType(dtype)
  for (let i = 0; i < vals.length; i++) {
    assert(Number.isFinite(vals[i]), `A tensor of type ${dtype} being uploaded contains ${vals[i]}.`)
  }
}

/**
 * Zeros as nested arrays.
 * @param shape the lengths, from the outside in
 * @param dtype of the arrays inside
 * @example
 * console.log(util.makeZerosNestedTypedArray([1, 2], 'int32')) // [ [ 0, 0 ] ]
 */
export function makeZerosNestedTypedArray(shape: Shape, dtype: DataType): unknown {
  checkShape('util.makeZerosNestedTypedArray', shape)
  return toNestedArray(shape, makeZerosTypedArray(sizeOf(shape), dtype))
}

/**
 * Nested numbers as one typed array.
 * @param a nested arrays
 * @param dtype what it holds
 * @example
 * console.log(util.toTypedArray([[1], [2]], 'int32')[1]) // 2
 */
export function toTypedArray(a: unknown, dtype: DataType): Float32Array | Int32Array | Uint8Array {
  const values = flatten<number>(a as number)
  const array = makeZerosTypedArray(values.length, dtype)
  array.set(dtype === 'bool' ? values.map((value) => Number(Math.round(Number(value)) !== 0)) : values.map(Number))
  return array
}

/**
 * Calls a check until it is true.
 * @param checkFn the check
 * @param delayFn ms to wait after the n-th call; default 0
 * @param maxCounter the most calls; without it there is no end
 * @example
 * await util.repeatedTry(() => true)
 */
export async function repeatedTry(
  checkFn: () => boolean,
  delayFn: (counter: number) => number = () => 0,
  maxCounter?: number | null,
): Promise<void> {
  const who = 'util.repeatedTry'
  for (const [argument, f] of Object.entries({ checkFn, delayFn })) {
    if (typeof f !== 'function') {
      throw new ArgumentError({ who, expected: `${argument} to be a function`, received: show(f) })
    }
  }
  for (let counter = 1; !checkFn(); counter++) {
    if (typeof maxCounter === 'number' && counter >= maxCounter) {
      throw new StateError({
        who,
        expected: `a check that is true within ${maxCounter} tries`,
        received: 'one that is not',
      })
    }
    await new Promise((resolve) => setTimeout(resolve, delayFn(counter)))
  }
}

export {
  bytesFromStringArray,
  convertBackendValuesAndArrayBuffer,
  createScalarValue,
  fingerPrint64,
  getTypedArrayFromDType,
  hexToLong,
} from './absent.ts'
