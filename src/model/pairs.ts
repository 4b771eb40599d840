/** Inputs with their targets, in whichever form they came, checked against a model before anything is computed. */

import { ArgumentError, ShapeError, show, showShape } from '../errors.ts'
import type { Loss } from '../losses.ts'
import { type BatchShape, type Shape, sameShape } from '../shape.ts'
import { type ArrayData, type Rows, RowsSlice, sampleInputs, sampleTargets, toRows } from './rows.ts'
import { isSamples, type Samples } from './samples.ts'

export interface Pairs {
  readonly x: Rows
  readonly y: Rows
}

/** What data must fit. */
export interface Wanted {
  readonly loss: Loss
  readonly inputShape: BatchShape
  readonly outputShape: BatchShape
  /** Who complains of an input. */
  readonly entry: string
}

/** The rows of a data set, or of inputs and targets. */
export function toPairs(who: string, wanted: Wanted, x: Samples | ArrayData, y: ArrayData | undefined): Pairs {
  const pairs = isSamples(x)
    ? { x: sampleInputs(x), y: sampleTargets(x, wanted.loss.sparse) }
    : arrayPairs(who, wanted, x, y)
  try {
    checkPairs(who, wanted, pairs)
  } catch (error) {
    disposePairs(pairs)
    throw error
  }
  return pairs
}

/** Frees what was made for these rows alone. */
export function disposePairs(pairs: Pairs): void {
  pairs.x.dispose()
  pairs.y.dispose()
}

function arrayPairs(who: string, wanted: Wanted, x: ArrayData, y: ArrayData | undefined): Pairs {
  const inputs = toRows(who, 'x', x, sampleOf(wanted.inputShape))
  if (y === undefined || y === null) {
    inputs.dispose()
    throw new ArgumentError({ who, expected: 'targets y beside the inputs x', received: show(y) })
  }
  return { x: inputs, y: toRows(who, 'y', y, sampleOf(wanted.outputShape), inputs.size) }
}

function sampleOf(shape: BatchShape): Shape {
  return shape.slice(1).map((size) => size ?? 1)
}

function checkPairs(who: string, { loss, inputShape, outputShape, entry }: Wanted, { x, y }: Pairs): void {
  checkInputs(who, entry, inputShape, x)
  if (x.size !== y.size) {
    const received = `${x.size} inputs but ${y.size} targets`
    throw new ShapeError({ who, expected: 'a target for each input', received })
  }
  if (x.size === 0) throw new ArgumentError({ who, expected: 'at least one sample', received: 'none' })
  const label = loss.name === undefined ? who : `${who}, loss '${loss.name}'`
  loss.checkTarget(label, [y.size, ...y.shape], [y.size, ...sampleOf(outputShape)])
}

/** Checks the shape of inputs against that of a model. */
export function checkInputs(who: string, entry: string, inputShape: BatchShape, rows: Rows): void {
  const sample = sampleOf(inputShape)
  if (sameShape(rows.shape, sample)) return
  const missingChannels = sample.length - rows.shape.length === 1 && sample.at(-1) === 1
  throw new ShapeError({
    who: `${who}, ${entry}`,
    expected: `input ${showShape(inputShape)}`,
    received: showShape([rows.size, ...rows.shape]),
    hint: missingChannels ? `add a channel axis: reshape(${showShape([rows.size, ...rows.shape, 1])})` : undefined,
  })
}

/** Cuts a share off the end, as Keras does for validation. */
export function splitPairs(pairs: Pairs, lastShare: number): [first: Pairs, last: Pairs] {
  const at = Math.floor(pairs.x.size * (1 - lastShare))
  const part = (begin: number, end: number): Pairs => ({
    x: new RowsSlice(pairs.x, begin, end),
    y: new RowsSlice(pairs.y, begin, end),
  })
  return [part(0, at), part(at, pairs.x.size)]
}
