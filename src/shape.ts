/**
 * Every rule that makes an output shape out of input shapes: each function checks and infers at once, so that what is
 * inferred and what is checked cannot differ. Sizes are numbers of elements.
 */

import { ArgumentError, checkInteger, checkOneOf, ShapeError, show, showShape } from './errors.ts'

/** The sizes of the axes, the outermost first. */
export type Shape = readonly number[]
/** A shape with `null` where any size will do, as a rule the batch. */
export type BatchShape = readonly (number | null)[]

/**
 * Zero padding of the two spatial axes: 'valid' = none; 'same' = so much that the output has ⌈input / stride⌉ positions,
 * the odd row or column below and right; a number = so many on all four sides; or the two sides of each NHWC axis.
 */
export type Padding =
  | 'valid'
  | 'same'
  | number
  | readonly [
      readonly [number, number],
      readonly [number, number],
      readonly [number, number],
      readonly [number, number],
    ]

/** One number for both spatial axes, or [height, width]. */
export type Pair = number | readonly [number, number] | readonly number[]

/** The most elements that a tensor may have: its bytes and their addresses stay below 2³². */
const MAX_ELEMENTS = 2 ** 30 - 64

/** The most axes that a tensor may have, as in NumPy. */
export const MAX_RANK = 32

/** The largest number that a kernel takes: int32. */
const MAX_INT32 = 2 ** 31 - 1

export function sizeOf(shape: Shape): number {
  let size = 1
  for (const n of shape) size *= n
  return size
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}

/** Checks a shape that a user gave: integers of at least 0, not more elements than the memory can hold. */
export function checkShape(who: string, shape: unknown): asserts shape is Shape {
  // A loop, not every(), which passes over holes.
  const valid = Array.isArray(shape) && [...shape].every((size) => Number.isInteger(size) && size >= 0)
  if (!valid) throw new ArgumentError({ who, expected: 'a shape of integers of at least 0', received: show(shape) })
  checkedSize(who, shape as Shape)
}

/** The number of elements of a shape, which is one that a tensor can have. */
export function checkedSize(who: string, shape: Shape): number {
  let size = 1
  let whole = true
  for (const n of shape) {
    size *= n
    whole &&= Number.isInteger(n) && n >= 0
  }
  if (!whole)
    throw new ShapeError({ who, expected: 'sizes that are integers of at least 0', received: showShape(shape) })
  if (shape.length > MAX_RANK) {
    throw new ShapeError({ who, expected: `at most ${MAX_RANK} axes`, received: String(shape.length) })
  }
  if (size <= MAX_ELEMENTS) return size
  throw new ShapeError({ who, expected: `at most ${MAX_ELEMENTS} elements`, received: showShape(shape) })
}

/** Checks that a shape has the rank that `who` needs. */
export function checkRank(who: string, argument: string, shape: Shape, rank: number, hint?: string): void {
  if (shape.length === rank) return
  throw new ShapeError({ who, expected: `${argument} of rank ${rank}`, received: showShape(shape), hint })
}

/** The shape with its one -1 replaced by what the number of elements leaves for it. */
export function reshapedShape(who: string, from: Shape, to: Shape): Shape {
  const size = sizeOf(from)
  const open = to.indexOf(-1)
  const valid = [...to].every((n) => Number.isInteger(n) && n >= -1) && open === to.lastIndexOf(-1)
  const known = valid ? sizeOf(to.filter((n) => n !== -1)) : 0
  const shape = open < 0 || known === 0 ? to : to.map((n) => (n === -1 ? size / known : n))
  if (valid && shape.every((n) => Number.isInteger(n) && n >= 0) && sizeOf(shape) === size) return shape
  throw new ShapeError({
    who,
    expected: `a shape of ${size} elements, as ${showShape(from)} has`,
    received: valid ? showShape(to) : show(to),
  })
}

/** NumPy's rule: shapes are aligned at their ends, and a size of 1 stretches to the other's. */
export function broadcastShape(who: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  const shape: number[] = []
  for (let axis = 0; axis < rank; axis++) {
    const m = a[axis - rank + a.length] ?? 1
    const n = b[axis - rank + b.length] ?? 1
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError({
        who,
        expected: 'shapes that are equal or 1 along each axis, counted from the last',
        received: `${showShape(a)} and ${showShape(b)}`,
      })
    }
    shape.push(m === 1 ? n : m)
  }
  return shape
}

/** Axes as sorted, distinct numbers from 0; `undefined` or `null` = all of them. */
export function checkAxes(who: string, axis: number | readonly number[] | null | undefined, rank: number): number[] {
  if (axis === undefined || axis === null) return Array.from({ length: rank }, (_, i) => i)
  const axes = (Array.isArray(axis) ? axis : [axis]).map((given) => checkAxis(who, given, rank))
  const distinct = [...new Set(axes)].sort((a, b) => a - b)
  if (distinct.length === axes.length) return distinct
  throw new ArgumentError({ who, expected: 'each axis once', received: show(axis) })
}

/** One axis counted from 0; negative ones count from the end. */
export function checkAxis(who: string, axis: unknown, rank: number): number {
  checkInteger(who, 'axis', axis, -rank, Math.max(rank - 1, -rank))
  return axis < 0 ? axis + rank : axis
}

/** The shape after reducing `axes`. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  if (keepDims) return shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  return shape.filter((_, axis) => !axes.includes(axis))
}

export interface MatMulShape {
  readonly batch: Shape
  readonly M: number
  readonly N: number
  readonly K: number
  readonly shape: Shape
}

/** [..., M, K] x [..., K, N] -> [..., M, N]; leading axes broadcast. */
export function matMulShape(who: string, a: Shape, b: Shape, transposeA: boolean, transposeB: boolean): MatMulShape {
  if (a.length < 2 || b.length < 2) {
    throw new ShapeError({ who, expected: 'a and b of rank 2 or more', received: `${showShape(a)} x ${showShape(b)}` })
  }
  const [aRows, aCols] = [a[a.length - 2]!, a[a.length - 1]!]
  const [bRows, bCols] = [b[b.length - 2]!, b[b.length - 1]!]
  const [M, K] = transposeA ? [aCols, aRows] : [aRows, aCols]
  const [inner, N] = transposeB ? [bCols, bRows] : [bRows, bCols]
  if (K !== inner) {
    const [ta, tb] = [transposeA ? 'ᵀ' : '', transposeB ? 'ᵀ' : '']
    throw new ShapeError({
      who,
      expected: 'equal inner sizes',
      received: `${K} and ${inner} in ${showShape(a)}${ta} x ${showShape(b)}${tb}`,
    })
  }
  const batch = broadcastShape(who, a.slice(0, -2), b.slice(0, -2))
  return { batch, M, N, K, shape: [...batch, M, N] }
}

/** The geometry of a window that slides over images; the letters are those of the kernels. */
export interface WindowShape {
  readonly B: number
  readonly H: number
  readonly W: number
  readonly C: number
  /** Output height and width. */
  readonly P: number
  readonly Q: number
  /** Window height and width. */
  readonly R: number
  readonly S: number
  readonly strideH: number
  readonly strideW: number
  readonly dilationH: number
  readonly dilationW: number
  readonly padTop: number
  readonly padBottom: number
  readonly padLeft: number
  readonly padRight: number
}

export interface Conv2DShape extends WindowShape {
  /** Filters = output channels. */
  readonly F: number
  readonly groups: number
  readonly shape: Shape
}

/** What becomes of a last window that the padded input does not fill: none ('floor', the default), or one over zeros. */
export type RoundingMode = 'floor' | 'round' | 'ceil'

export interface WindowOptions {
  readonly strides: Pair
  readonly pad: Padding
  readonly dilations?: Pair | null | undefined
  /** For a pad in numbers alone, as in TF.js. */
  readonly dimRoundingMode?: RoundingMode | null | undefined
}

/** [height, width] out of a number or a pair of integers of at least 1. */
export function checkPair(who: string, argument: string, pair: unknown): readonly [number, number] {
  const [height, width] = Array.isArray(pair) ? (pair as unknown[]) : [pair, pair]
  const valid = (n: unknown): n is number => isInt32(n) && n >= 1
  if (valid(height) && valid(width) && (!Array.isArray(pair) || pair.length === 2)) return [height, width]
  throw new ArgumentError({
    who,
    expected: `${argument} to be an integer of at least 1, or two of them`,
    received: show(pair),
  })
}

/** Kernels take sizes as int32: a larger one would become another. */
function isInt32(n: unknown): n is number {
  return typeof n === 'number' && Number.isInteger(n) && Math.abs(n) <= MAX_INT32
}

/** How a window of R x S slides over [B, H, W, C]. */
export function windowShape(
  who: string,
  x: Shape,
  window: readonly [number, number],
  options: WindowOptions,
): WindowShape {
  checkRank(who, 'x', x, 4, 'images are [batch, height, width, channels]')
  const [B, H, W, C] = x as readonly [number, number, number, number]
  const [R, S] = window
  const [strideH, strideW] = checkPair(who, 'strides', options.strides)
  const [dilationH, dilationW] = checkPair(who, 'dilations', options.dilations ?? 1)
  const [spanH, spanW] = [(R - 1) * dilationH + 1, (S - 1) * dilationW + 1]
  const round = checkRounding(who, options)
  const [[padTop, below], [padLeft, beside]] = checkPadding(
    who,
    options.pad,
    [H, W],
    [spanH, spanW],
    [strideH, strideW],
  )
  const [paddedH, paddedW] = [H + padTop + below, W + padLeft + beside]
  if (spanH > paddedH || spanW > paddedW) {
    throw new ShapeError({
      who,
      expected: `a kernel within the padded input ${paddedH}x${paddedW}`,
      received: `${R}x${S}${dilationH * dilationW > 1 ? `, dilated to ${spanH}x${spanW},` : ''} with padding ${show(options.pad)}`,
      hint: "use a smaller kernel or padding 'same'",
    })
  }
  const P = round((paddedH - spanH) / strideH) + 1
  const Q = round((paddedW - spanW) / strideW) + 1
  // What a last window wants beyond the padding is padding too.
  const padBottom = below + Math.max(0, (P - 1) * strideH + spanH - paddedH)
  const padRight = beside + Math.max(0, (Q - 1) * strideW + spanW - paddedW)
  return { B, H, W, C, P, Q, R, S, strideH, strideW, dilationH, dilationW, padTop, padBottom, padLeft, padRight }
}

function checkRounding(who: string, { pad, dimRoundingMode }: WindowOptions): (n: number) => number {
  if (dimRoundingMode === undefined || dimRoundingMode === null) return Math.floor
  checkOneOf(who, 'dimRoundingMode', dimRoundingMode, ['floor', 'round', 'ceil'])
  if (typeof pad !== 'string') return Math[dimRoundingMode]
  const expected = 'pad in numbers where dimRoundingMode is given'
  throw new ArgumentError({ who, expected, received: show(pad) })
}

type Sides = readonly [number, number]

function checkPadding(who: string, pad: unknown, input: Sides, span: Sides, strides: Sides): readonly [Sides, Sides] {
  if (pad === 'valid')
    return [
      [0, 0],
      [0, 0],
    ]
  if (pad === 'same') return [samePadding(input[0], span[0], strides[0]), samePadding(input[1], span[1], strides[1])]
  const valid = (n: unknown): n is number => isInt32(n) && n >= 0
  if (valid(pad))
    return [
      [pad, pad],
      [pad, pad],
    ]
  if (
    Array.isArray(pad) &&
    pad.length === 4 &&
    pad.every((s) => Array.isArray(s) && s.length === 2 && s.every(valid))
  ) {
    const [batch, height, width, channels] = pad as [Sides, Sides, Sides, Sides]
    if ([...batch, ...channels].every((n) => n === 0)) return [height, width]
  }
  throw new ArgumentError({
    who,
    expected: "pad to be 'valid', 'same', an integer of at least 0 or [[0, 0], [top, bottom], [left, right], [0, 0]]",
    received: show(pad),
  })
}

function samePadding(input: number, span: number, stride: number): Sides {
  const output = Math.ceil(input / stride)
  const total = Math.max(0, (output - 1) * stride + span - input)
  return [Math.floor(total / 2), Math.ceil(total / 2)]
}

/** [B, H, W, C] * [R, S, C / groups, F] -> [B, P, Q, F]: the filter's third axis tells the number of groups. */
export function conv2dShape(who: string, x: Shape, filter: Shape, options: WindowOptions): Conv2DShape {
  checkRank(who, 'x', x, 4, 'images are [batch, height, width, channels]')
  checkRank(who, 'filter', filter, 4, 'a filter is [height, width, channels, filters]')
  const [R, S, perGroup, F] = filter as readonly [number, number, number, number]
  const C = x[3]!
  const groups = C / perGroup
  if (!Number.isInteger(groups) || groups < 1 || F % groups !== 0) {
    throw new ShapeError({
      who,
      expected: `a filter for ${C} input channels`,
      received: `${showShape(filter)} on input ${showShape(x)}`,
      hint: 'its third size is the channels, or divides them (and its fourth) into groups',
    })
  }
  checkNotEmpty(who, 'filter', filter)
  const window = windowShape(who, x, [R, S], options)
  return Object.assign(window, { F, groups, shape: [window.B, window.P, window.Q, F] })
}

export interface DepthwiseConv2DShape extends WindowShape {
  /** Outputs per input channel. */
  readonly M: number
  readonly shape: Shape
}

/** [B, H, W, C] * [R, S, C, M] -> [B, P, Q, C·M]. */
export function depthwiseConv2dShape(
  who: string,
  x: Shape,
  filter: Shape,
  options: WindowOptions,
): DepthwiseConv2DShape {
  checkRank(who, 'x', x, 4, 'images are [batch, height, width, channels]')
  checkRank(who, 'filter', filter, 4, 'a depthwise filter is [height, width, channels, multiplier]')
  const [R, S, C, M] = filter as readonly [number, number, number, number]
  if (C !== x[3]) {
    throw new ShapeError({ who, expected: `a filter for ${x[3]} input channels`, received: showShape(filter) })
  }
  checkNotEmpty(who, 'filter', filter)
  const window = windowShape(who, x, [R, S], options)
  return { ...window, M, shape: [window.B, window.P, window.Q, C * M] }
}

/** [B, H, W, C] -> [B, P, Q, C]; no window may lie in the padding alone. */
export function pool2dShape(
  who: string,
  x: Shape,
  filterSize: Pair,
  options: WindowOptions,
): WindowShape & { shape: Shape } {
  const window = windowShape(who, x, checkPair(who, 'filterSize', filterSize), options)
  const { H, W, P, Q, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft } = window
  if (seesInput(P, strideH, padTop, R, dilationH, H) && seesInput(Q, strideW, padLeft, S, dilationW, W)) {
    return { ...window, shape: [window.B, P, Q, window.C] }
  }
  throw new ArgumentError({
    who,
    expected: `windows of ${R}x${S} that each have a pixel of the ${H}x${W} input`,
    received: `pad ${show(options.pad)}`,
    hint: 'a window in the padding alone has no maximum and no mean',
  })
}

/** Whether each of the windows along one axis covers an element of the input, which has `length` of them. */
function seesInput(
  windows: number,
  stride: number,
  before: number,
  taps: number,
  dilation: number,
  length: number,
): boolean {
  // The first and the last window reach furthest into the padding.
  if (before > (taps - 1) * dilation || (windows - 1) * stride - before >= length) return false
  // Those that begin in the padding may step over an input that is shorter than their steps.
  for (let window = 0; dilation > length && window < windows && window * stride < before; window++) {
    const start = window * stride - before
    if (start + Math.ceil(-start / dilation) * dilation >= length) return false
  }
  return true
}

/** What sizes tensors must not have where each element is computed from at least one other. */
export function checkNotEmpty(who: string, argument: string, shape: Shape): void {
  if (!shape.includes(0)) return
  throw new ShapeError({ who, expected: `${argument} with elements`, received: showShape(shape) })
}

/** The shape of tensors joined along `axis`; all other sizes agree. */
export function concatShape(who: string, shapes: readonly Shape[], axis: number): Shape {
  const first = shapes[0]
  if (first === undefined) throw new ArgumentError({ who, expected: 'at least one tensor', received: 'none' })
  for (const shape of shapes) {
    if (shape.length === first.length && shape.every((size, i) => i === axis || size === first[i])) continue
    throw new ShapeError({
      who,
      expected: `shapes that differ along axis ${axis} alone`,
      received: shapes.map(showShape).join(' and '),
    })
  }
  return first.map((size, i) => (i === axis ? shapes.reduce((sum, shape) => sum + shape[i]!, 0) : size))
}

/** 'NHWC' is what kernels compute in; some ops take 'NCHW' too. */
export type DataFormat = 'NHWC' | 'NCHW'

export function checkDataFormat(who: string, dataFormat: unknown, known: readonly DataFormat[] = ['NHWC']): void {
  if (dataFormat !== undefined && dataFormat !== null) checkOneOf(who, 'dataFormat', dataFormat, known)
}
