/** Inputs with their targets, in whichever form they came, checked against a model before anything is computed. */

import { ArgumentError, ShapeError, show, showShape } from '../errors.ts'
import type { Shape } from '../shape.ts'
import { Tensor } from '../tensor.ts'
import { type ArrayData, type Rows, RowsSlice, sampleInputs, sampleTargets, toRows } from './rows.ts'
import { isSamples, type Samples } from './samples.ts'
import type { TensorSpec, Trainable } from './trainable.ts'

export interface Pairs {
  readonly x: Rows
  readonly y: Rows
}

/** The rows of a data set, or of inputs and targets, checked against a compiled model. */
export function toPairs(who: string, model: Trainable, x: Samples | ArrayData, y?: ArrayData): Pairs {
  const { loss } = model.compiled(who)
  const pairs = isSamples(x) ? { x: sampleInputs(x), y: sampleTargets(x, loss.sparse) } : arrayPairs(who, model, x, y)
  try {
    checkPairs(who, model, pairs)
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

function arrayPairs(who: string, model: Trainable, x: ArrayData, y: ArrayData | undefined): Pairs {
  const inputs = toRows(who, 'x', x, sampleOf(model.inputSpecs[0]!))
  if (y === undefined || y === null) {
    inputs.dispose()
    throw new ArgumentError({ who, expected: 'targets y beside the inputs x', received: show(y) })
  }
  return { x: inputs, y: toRows(who, 'y', y, sampleOf(model.outputSpecs[0]!), inputs.size) }
}

/** The shape of one sample. */
export function sampleOf({ shape }: TensorSpec): Shape {
  return shape.slice(1).map((size) => size ?? 1)
}

function checkPairs(who: string, model: Trainable, { x, y }: Pairs): void {
  const { loss } = model.compiled(who)
  checkInputs(who, model.inputSpecs[0]!, x)
  if (x.size !== y.size) {
    const received = `${x.size} inputs but ${y.size} targets`
    throw new ShapeError({ who, expected: 'a target for each input', received })
  }
  if (x.size === 0) throw new ArgumentError({ who, expected: 'at least one sample', received: 'none' })
  const label = loss.name === undefined ? who : `${who}, loss '${loss.name}'`
  loss.checkTarget(label, [y.size, ...y.shape], [y.size, ...sampleOf(model.outputSpecs[0]!)])
}

/** What a model predicts from: its input, a list of them in their order, or an object by their names. */
export type ModelData = Samples | ArrayData | readonly ArrayData[] | Readonly<Record<string, ArrayData>>

/** The rows of each input of a model, checked. */
export function inputRows(who: string, model: Pick<Trainable, 'inputSpecs'>, x: ModelData): Rows[] {
  const { inputSpecs } = model
  const data = isSamples(x) ? [x] : inputList(who, inputSpecs, x)
  const rows: Rows[] = []
  try {
    data.forEach((each, i) => {
      const spec = inputSpecs[i]!
      rows.push(
        isSamples(each)
          ? sampleInputs(each)
          : toRows(who, inputSpecs.length === 1 ? 'x' : spec.name, each, sampleOf(spec)),
      )
      checkInputs(who, spec, rows[i]!)
      if (rows[i]!.size === rows[0]!.size) return
      const received = `${rows[0]!.size} and ${rows[i]!.size}`
      throw new ShapeError({ who, expected: 'as many samples of each input', received })
    })
  } catch (error) {
    for (const each of rows) each.dispose()
    throw error
  }
  return rows
}

/** The data of each input, in their order. */
function inputList(who: string, specs: readonly TensorSpec[], x: Exclude<ModelData, Samples>): readonly ArrayData[] {
  const isList = Array.isArray(x) && x.length === specs.length && x.every((item) => item instanceof Tensor)
  if (specs.length === 1) return isList ? (x as readonly ArrayData[]) : [x as ArrayData]
  const names = specs.map(({ name }) => name)
  if (Array.isArray(x) && x.length === specs.length) return x as readonly ArrayData[]
  if (typeof x === 'object' && x !== null && !Array.isArray(x) && !(x instanceof Tensor) && !ArrayBuffer.isView(x)) {
    const byName = x as Readonly<Record<string, ArrayData>>
    if (names.every((name) => Object.hasOwn(byName, name))) return names.map((name) => byName[name]!)
  }
  const expected = `${specs.length} inputs, as a list or by the names ${names.join(', ')}`
  throw new ArgumentError({ who, expected, received: Array.isArray(x) ? `${x.length}` : show(x) })
}

/** Checks the shape of inputs against that of a model. */
export function checkInputs(who: string, spec: TensorSpec, rows: Rows): void {
  const sample = spec.shape.slice(1)
  const fits = (size: number, axis: number): boolean => sample[axis] === null || sample[axis] === size
  if (rows.shape.length === sample.length && rows.shape.every(fits)) return
  const missingChannels = sample.length - rows.shape.length === 1 && sample.at(-1) === 1
  throw new ShapeError({
    who: `${who}, ${spec.name}`,
    expected: `input ${showShape(spec.shape)}`,
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
