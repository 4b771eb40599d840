/** The namespace `util`: the small functions of TF.js that programs call. */

import { ArgumentError, checkInteger, ShapeError, StateError, show, showShape } from '../errors.ts'
import { tanh as tanhOf } from '../ops/activation.ts'
import { nextSeed } from '../ops/random.ts'
import { stridesOf } from '../ops/strided.ts'
import { Random } from '../random.ts'
import { checkAxes, type Shape, sizeOf } from '../shape.ts'
import { DATA_TYPES, type DataType, Tensor, tidy } from '../tensor.ts'
import { isFloatArray, isNumberArray, viewName } from '../typed-arrays.ts'

/** Throws unless `condition` holds. @param message what the error says, or a function that makes it */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (condition) return
  throw new ArgumentError({
    who: 'util.assert',
    expected: 'the condition to hold',
    received: typeof message === 'function' ? message() : String(message),
  })
}

/** Throws unless two shapes are equal. */
export function assertShapesMatch(shapeA: Shape, shapeB: Shape, errorMessagePrefix?: string): void {
  if (arraysEqual(shapeA, shapeB)) return
  const who = errorMessagePrefix || 'util.assertShapesMatch'
  throw new ShapeError({ who, expected: showShape(shapeA), received: showShape(shapeB) })
}

/** Throws where a value is null or undefined. */
export function assertNonNull(value: unknown): void {
  if (value !== null && value !== undefined) return
  throw new ArgumentError({ who: 'util.assertNonNull', expected: 'a value', received: show(value) })
}

/** Puts the elements of an array in random order, in place, from the stream of `setSeed`. */
export function shuffle(array: unknown[] | Float32Array | Int32Array | Uint8Array): void {
  const order = createShuffledIndices(array.length)
  const copy = Array.from(array)
  order.forEach((from, to) => {
    array[to] = copy[from] as never
  })
}

/** Puts the elements of two arrays of one length in the same random order, in place. */
export function shuffleCombo(array: unknown[], array2: unknown[]): void {
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

/** 0 to n − 1 in random order, from the stream of `setSeed`. */
export function createShuffledIndices(n: number): Uint32Array {
  checkInteger('util.createShuffledIndices', 'n', n)
  const order = Int32Array.from({ length: n }, (_, i) => i)
  return Uint32Array.from(new Random(nextSeed('util.createShuffledIndices')).shuffle(order))
}

/** A number held within min and max. */
export function clamp(min: number, x: number, max: number): number {
  return Math.max(min, Math.min(x, max))
}

/** The numbers within nested arrays, one after the other. */
export function flatten<T>(arr: T | readonly unknown[], result: T[] = [], skipTypedArray = false): T[] {
  const open: unknown[] = [arr]
  while (open.length > 0) {
    const next = open.pop()
    const isList = Array.isArray(next) || (isNumberArray(next) && !skipTypedArray)
    if (isList) for (let i = (next as unknown[]).length - 1; i >= 0; i--) open.push((next as unknown[])[i])
    else result.push(next as T)
  }
  return result
}

/** The number of elements of a shape. */
export function sizeFromShape(shape: Shape): number {
  return sizeOf(shape)
}

export function isScalarShape(shape: Shape): boolean {
  return shape.length === 0
}

export function arraysEqual(n1: ArrayLike<unknown>, n2: ArrayLike<unknown>): boolean {
  return n1 === n2 || (n1?.length === n2?.length && Array.from(n1).every((value, i) => value === n2[i]))
}

export function isInt(a: number): boolean {
  return a % 1 === 0
}

export function isTypedArray(a: unknown): boolean {
  return isNumberArray(a)
}

export function isString(value: unknown): value is string {
  return typeof value === 'string'
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

export function isFunction(f: unknown): boolean {
  return typeof f === 'function'
}

export function isPromise(object: unknown): boolean {
  return typeof (object as { then?: unknown } | null | undefined)?.then === 'function'
}

/** The dtype that values are given where none is named. */
export function inferDtype(values: unknown): DataType | 'string' {
  let first = values
  while (Array.isArray(first)) first = first[0]
  if (isNumberArray(first)) return isFloatArray(first) ? 'float32' : 'int32'
  if (typeof first === 'boolean') return 'bool'
  return typeof first === 'string' ? 'string' : 'float32'
}

/** The shape of nested arrays or of a tensor. */
export function inferShape(values: unknown): number[] {
  if (values instanceof Tensor) return [...values.shape]
  const shape: number[] = []
  let first = values
  for (; Array.isArray(first); first = first[0]) shape.push(first.length)
  if (viewName(first) !== undefined) shape.push((first as Float32Array).length)
  return shape
}

/** How many elements a step along each axis passes, the last axis left out. */
export function computeStrides(shape: Shape): number[] {
  return stridesOf(shape).slice(0, -1)
}

/** An array of zeros for a dtype. */
export function makeZerosTypedArray(size: number, dtype: DataType): Float32Array | Int32Array | Uint8Array {
  return new (getArrayFromDType(dtype))(size)
}

/** An array of ones for a dtype. */
export function makeOnesTypedArray(size: number, dtype: DataType): Float32Array | Int32Array | Uint8Array {
  return makeZerosTypedArray(size, dtype).fill(1)
}

/** The kind of array that holds a dtype. */
export function getArrayFromDType(
  dtype: DataType,
): Float32ArrayConstructor | Int32ArrayConstructor | Uint8ArrayConstructor {
  if (dtype === 'float32') return Float32Array
  if (dtype === 'int32') return Int32Array
  if (dtype === 'bool') return Uint8Array
  const who = 'util.getArrayFromDType'
  throw new ArgumentError({ who, expected: `one of ${DATA_TYPES.join(', ')}`, received: show(dtype) })
}

/** Bytes of an element on the JavaScript side. */
export function bytesPerElement(dtype: DataType): number {
  return getArrayFromDType(dtype).BYTES_PER_ELEMENT
}

/** Axes as a list, counted from 0; null or undefined = all. */
export function parseAxisParam(axis: number | readonly number[] | null | undefined, shape: Shape): number[] {
  return checkAxes('util.parseAxisParam', axis, shape.length)
}

/** A shape and the axes that are left when those of size 1 (all, or these) are taken out. */
export function squeezeShape(shape: Shape, axis?: readonly number[]): { newShape: number[]; keptDims: number[] } {
  const who = 'util.squeezeShape'
  const out = axis === undefined || axis === null || axis.length === 0 ? undefined : checkAxes(who, axis, shape.length)
  const bad = out?.find((at) => shape[at] !== 1)
  if (bad !== undefined) throw new ShapeError({ who, expected: `size 1 at axis ${bad}`, received: showShape(shape) })
  const keptDims = shape.flatMap((size, at) => ((out === undefined ? size !== 1 : !out.includes(at)) ? [at] : []))
  return { newShape: keptDims.map((at) => shape[at]!), keptDims }
}

/** A shape with its one -1 replaced by what `size` elements leave for it. */
export function inferFromImplicitShape(shape: Shape, size: number): number[] {
  const known = sizeOf(shape.filter((n) => n !== -1))
  return shape.map((n) => (n === -1 ? size / known : n))
}

/** The place of an element among all, of its indices. */
export function locToIndex(locs: readonly number[], rank: number, strides: readonly number[]): number {
  return locs.slice(0, rank).reduce((at, loc, axis) => at + loc * (strides[axis] ?? 1), 0)
}

/** The indices of an element, of its place among all. */
export function indexToLoc(index: number, rank: number, strides: readonly number[]): number[] {
  let rest = index
  return Array.from({ length: rank }, (_, axis) => {
    const step = axis === rank - 1 ? 1 : strides[axis]!
    const loc = Math.floor(rest / step)
    rest -= loc * step
    return loc
  })
}

/** Nested arrays out of flat values. */
export function toNestedArray(shape: Shape, values: ArrayLike<number>): unknown {
  if (shape.length === 0) return values[0]
  if (sizeOf(shape) !== values.length) {
    const who = 'util.toNestedArray'
    throw new ShapeError({ who, expected: `${sizeOf(shape)} values for ${showShape(shape)}`, received: show(values) })
  }
  const nest = (axis: number, from: number): unknown =>
    axis === shape.length
      ? values[from]
      : Array.from({ length: shape[axis]! }, (_, i) => nest(axis + 1, from + i * sizeOf(shape.slice(axis + 1))))
  return nest(0, 0)
}

/** Spaces behind a text until it has this length. */
export function rightPad(a: string, size: number): string {
  return a.padEnd(size)
}

/** Milliseconds since the page or the process began. */
export function now(): number {
  return performance.now()
}

/** The fetch of the platform. */
export function fetch(path: string, requestInits?: RequestInit): Promise<Response> {
  return globalThis.fetch(path, requestInits)
}

/** A text as bytes of UTF-8. */
export function encodeString(s: string): Uint8Array {
  return new TextEncoder().encode(s)
}

/** Bytes of UTF-8 as a text. */
export function decodeString(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** The sum of numbers. */
export function sum(arr: readonly number[]): number {
  return arr.reduce((total, n) => total + n, 0)
}

/** A random number from a to below b, by the stream of `setSeed`. */
export function randUniform(a: number, b: number): number {
  return a + (b - a) * new Random(nextSeed('util.randUniform')).nextFloat()
}

/** The squared distance of two vectors. */
export function distSquared(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return sum(Array.from(a, (value, i) => (value - b[i]!) ** 2))
}

/** The hyperbolic tangent of a number. */
export function tanh(x: number): number {
  return tidy(() => tanhOf(x).dataSync()[0]!)
}

/** Exchanges two elements. */
export function swap<T>(object: { [index: number]: T }, left: number, right: number): void {
  const kept = object[left]!
  object[left] = object[right]!
  object[right] = kept
}

/** The least even number from n on. */
export function nearestLargerEven(val: number): number {
  return val % 2 === 0 ? val : val + 1
}

/** The least divisor of `size` from `start` on. */
export function nearestDivisor(size: number, start: number): number {
  for (let i = start; i < size; ++i) if (size % i === 0) return i
  return size
}

/** A shape of two sizes near each other that has room for `size` elements. */
export function sizeToSquarishShape(size: number): [number, number] {
  const width = Math.ceil(Math.sqrt(size))
  return [width, Math.ceil(size / width)]
}

/** As `arraysEqual`, where nulls are equal to each other. */
export function arraysEqualWithNull(
  n1: ArrayLike<number | null> | null | undefined,
  n2: ArrayLike<number | null> | null | undefined,
): boolean {
  if (n1 === null || n1 === undefined || n2 === null || n2 === undefined) return n1 === n2
  return arraysEqual(n1, n2)
}

export function isValidDtype(dtype: unknown): dtype is DataType {
  return DATA_TYPES.includes(dtype as DataType)
}

/** Whether a value of one dtype may not fit another. */
export function hasEncodingLoss(oldType: DataType, newType: DataType): boolean {
  const width = { bool: 0, int32: 1, float32: 2 } as const
  return width[newType] < width[oldType]
}

/** Throws where a shape has sizes that are none. */
export function assertNonNegativeIntegerDimensions(shape: Shape): void {
  for (const size of shape) {
    assert(Number.isInteger(size) && size >= 0, `Tensor must have a shape of non-negative integers but got [${shape}].`)
  }
}

/** Throws where values are NaN or infinite, or, for int32, fractions. */
export function checkConversionForErrors(vals: ArrayLike<number>, dtype: DataType): void {
  for (let i = 0; i < vals.length; i++) {
    assert(Number.isFinite(vals[i]), `A tensor of type ${dtype} being uploaded contains ${vals[i]}.`)
  }
}

/** Zeros as nested arrays. */
export function makeZerosNestedTypedArray(shape: Shape, dtype: DataType): unknown {
  return toNestedArray(shape, makeZerosTypedArray(sizeOf(shape), dtype))
}

/** Nested numbers as an array of a dtype. */
export function toTypedArray(a: unknown, dtype: DataType): Float32Array | Int32Array | Uint8Array {
  const values = flatten<number>(a as number)
  const array = makeZerosTypedArray(values.length, dtype)
  array.set(dtype === 'bool' ? values.map((value) => Number(Math.round(Number(value)) !== 0)) : values.map(Number))
  return array
}

/** Calls a check until it is true: with longer and longer waits, unless `delayFn` gives others. */
export async function repeatedTry(
  checkFn: () => boolean,
  delayFn: (counter: number) => number = () => 0,
  maxCounter?: number | null,
): Promise<void> {
  for (let counter = 1; !checkFn(); counter++) {
    if (typeof maxCounter === 'number' && counter >= maxCounter) {
      throw new StateError({
        who: 'util.repeatedTry',
        expected: `a check that is true within ${maxCounter} tries`,
        received: 'one that is not',
      })
    }
    await new Promise((resolve) => setTimeout(resolve, delayFn(counter)))
  }
}
