/** Inputs with their targets and weights, in whichever form they came, checked against a model before anything is computed. */

import { ArgumentError, checkInteger, checkNumber, checkOptions, ShapeError, show, showShape } from '../errors.ts'
import type { Shape } from '../shape.ts'
import { Tensor } from '../tensor.ts'
import { type ArrayData, type Rows, RowsSlice, sampleInputs, sampleTargets, toRows } from './rows.ts'
import { isSamples, type Samples } from './samples.ts'
import type { TensorSpec, Trainable } from './trainable.ts'

/** Data for a model: that of its one input, or of each, in their order or by their names. */
export type NamedData = ArrayData | readonly ArrayData[] | Readonly<Record<string, ArrayData>>

/** What a model predicts from. */
export type ModelData = Samples | NamedData

/** Weights of classes, for the one output or for each. */
export type ClassWeight = Readonly<Record<number, number>>
export type ClassWeights = ClassWeight | readonly (ClassWeight | null)[] | Readonly<Record<string, ClassWeight>>

/** How much samples count. */
export interface Weighting {
  /** How much each sample counts, [N]; for each output where there are several. */
  readonly sampleWeight?: NamedData | null
  /** How much the samples of each class count. Default 1. */
  readonly classWeight?: ClassWeights | null
}

export interface Pairs {
  readonly size: number
  readonly x: readonly Rows[]
  /** Per output; undefined where nothing is asked of it. */
  readonly y: readonly (Rows | undefined)[]
  /** Per output: a factor per sample. */
  readonly sampleWeights: readonly (Rows | undefined)[]
  /** Per output: a factor per class. */
  readonly classWeights: readonly (ReadonlyMap<number, number> | undefined)[]
}

/** The rows of a data set, or of inputs and targets, checked against a compiled model. */
export function toPairs(
  who: string,
  model: Trainable,
  x: Samples | NamedData,
  y?: NamedData,
  { sampleWeight, classWeight }: Weighting = {},
): Pairs {
  const made: Rows[] = []
  const noted = (rows: Rows): Rows => {
    made.push(rows)
    return rows
  }
  try {
    const { outputs } = model.session.compiled(who)
    const inputs = inputRows(who, model, x, noted)
    const size = inputs[0]?.size ?? 0
    const targets = isSamples(x) ? sampleTargetRows(who, model, x) : targetRows(who, model, y, size, noted)
    const sampleWeights = weightRows(who, model, sampleWeight ?? undefined, size, noted)
    const classWeights = toClassWeights(who, model, classWeight ?? undefined)
    const pairs = { size, x: inputs, y: targets, sampleWeights, classWeights }
    targets.forEach((rows, i) => {
      const loss = outputs[i]?.loss
      if (rows === undefined || loss === undefined) return
      if (rows.size !== size) {
        const received = `${size} inputs but ${rows.size} targets`
        throw new ShapeError({ who, expected: 'a target for each input', received })
      }
      const label = loss.name === undefined ? who : `${who}, loss '${loss.name}'`
      const spec = model.outputSpecs[i]!
      if (spec.shape.slice(1).includes(null)) return
      loss.checkTarget(label, [size, ...rows.shape], [size, ...sampleOf(spec)])
    })
    if (size === 0) throw new ArgumentError({ who, expected: 'at least one sample', received: 'none' })
    return pairs
  } catch (error) {
    for (const rows of made) rows.dispose()
    throw error
  }
}

/** Frees what was made for these rows alone. */
export function disposePairs(pairs: Pairs): void {
  for (const rows of [...pairs.x, ...pairs.y, ...pairs.sampleWeights]) rows?.dispose()
}

/** The rows of a model's inputs, their shapes checked. */
export function inputRows(
  who: string,
  model: Pick<Trainable, 'inputSpecs'>,
  x: Samples | NamedData,
  noted: (rows: Rows) => Rows = (rows) => rows,
): Rows[] {
  const specs = model.inputSpecs
  if (isSamples(x)) {
    if (specs.length !== 1) {
      throw new ArgumentError({ who, expected: `data for ${specs.length} inputs`, received: 'one data set' })
    }
    const rows = sampleInputs(x)
    checkInputs(who, specs[0]!, rows)
    return [rows]
  }
  const parts = partsOf(who, 'x', x, specs)
  const inputs: Rows[] = []
  parts.forEach((part, i) => {
    const argument = specs.length === 1 ? 'x' : `x of ${show(specs[i]!.name)}`
    const rows = noted(toRows(who, argument, part as ArrayData, specs[i]!.shape.slice(1)))
    checkInputs(who, specs[i]!, rows)
    inputs.push(rows)
  })
  const uneven = inputs.find((rows) => rows.size !== inputs[0]!.size)
  if (uneven === undefined) return inputs
  const received = `${inputs.map((rows) => rows.size).join(' and ')}`
  throw new ShapeError({ who, expected: 'as many samples for each input', received })
}

function targetRows(
  who: string,
  model: Trainable,
  y: NamedData | undefined,
  size: number,
  noted: (rows: Rows) => Rows,
): (Rows | undefined)[] {
  const { outputs } = model.session.compiled(who)
  const specs = model.outputSpecs
  if (y === undefined || y === null) {
    throw new ArgumentError({ who, expected: 'targets y beside the inputs x', received: show(y) })
  }
  const trained = specs.filter((_, i) => outputs[i]?.loss !== undefined || outputs[i]!.metrics.length > 0)
  // Targets of outputs that nothing is asked of may be left out.
  const short = Array.isArray(y) && specs.length > 1 && y.length === trained.length
  const parts = partsOf(who, 'y', y, short ? trained : specs, trained)
  const byName = new Map((short ? trained : specs).map((spec, i) => [spec.name, parts[i]]))
  return specs.map((spec) => {
    if (!trained.includes(spec)) return undefined
    const argument = specs.length === 1 ? 'y' : `y of ${show(spec.name)}`
    return noted(toRows(who, argument, byName.get(spec.name) as ArrayData, spec.shape.slice(1), size))
  })
}

function sampleTargetRows(who: string, model: Trainable, samples: Samples): (Rows | undefined)[] {
  const { outputs } = model.session.compiled(who)
  const trained = outputs.filter(({ loss }) => loss !== undefined)
  if (trained.length > 1) {
    const expected = `targets for ${trained.length} outputs`
    throw new ArgumentError({ who, expected, received: 'a data set, which has labels for one' })
  }
  return outputs.map(({ loss }) => (loss === undefined ? undefined : sampleTargets(samples, loss.sparse)))
}

function weightRows(
  who: string,
  model: Trainable,
  given: NamedData | undefined,
  size: number,
  noted: (rows: Rows) => Rows,
): (Rows | undefined)[] {
  const specs = model.outputSpecs
  if (given === undefined) return specs.map(() => undefined)
  const flat =
    given instanceof Tensor || ArrayBuffer.isView(given) || (Array.isArray(given) && typeof given[0] === 'number')
  const parts = flat ? specs.map(() => given as ArrayData) : partsOf(who, 'sampleWeight', given, specs, [])
  return specs.map((spec, i) => {
    const part = parts[i]
    if (part === undefined || part === null) return undefined
    const rows = noted(toRows(who, 'sampleWeight', part as ArrayData, [1], size))
    if (rows.size === size && rows.shape.length === 1 && rows.shape[0] === 1) return rows
    const name = specs.length === 1 ? '' : ` of ${show(spec.name)}`
    const received = showShape([rows.size, ...rows.shape])
    throw new ShapeError({ who, expected: `sampleWeight${name} of shape [${size}]`, received })
  })
}

function toClassWeights(
  who: string,
  model: Trainable,
  given: ClassWeights | undefined,
): (ReadonlyMap<number, number> | undefined)[] {
  const specs = model.outputSpecs
  if (given === undefined) return specs.map(() => undefined)
  if (typeof given !== 'object') {
    throw new ArgumentError({ who, expected: 'classWeight to be an object of weights by class', received: show(given) })
  }
  const names = specs.map(({ name }) => name)
  const named = !Array.isArray(given) && Object.keys(given).some((key) => names.includes(key))
  if (named) checkOptions(`${who}, classWeight`, given, names)
  if (Array.isArray(given) && given.length !== specs.length) {
    throw new ArgumentError({ who, expected: `classWeight for ${specs.length} outputs`, received: `${given.length}` })
  }
  if (!named && !Array.isArray(given) && specs.length > 1) {
    const expected = 'classWeight for each output, in a list or by their names'
    throw new ArgumentError({ who, expected, received: show(given) })
  }
  return specs.map(({ name, shape }, i) => {
    const own = Array.isArray(given) ? given[i] : named ? (given as Record<string, ClassWeight>)[name] : given
    if (own === undefined || own === null) return undefined
    const last = shape.at(-1) ?? 1
    return checkClasses(who, own as ClassWeight, last === 1 ? 2 : last)
  })
}

function checkClasses(who: string, given: ClassWeight, classes: number): ReadonlyMap<number, number> {
  return new Map(
    Object.entries(given).map(([key, weight]) => {
      checkInteger(who, `a class of classWeight (${show(key)})`, Number(key), 0, classes - 1)
      checkNumber(who, `classWeight of class ${key}`, weight, { min: 0 })
      return [Number(key), weight]
    }),
  )
}

/** The parts of data for several inputs or outputs, in their order. */
function partsOf(
  who: string,
  argument: string,
  data: NamedData,
  specs: readonly TensorSpec[],
  needed: readonly TensorSpec[] = specs,
): (ArrayData | undefined)[] {
  if (isNamed(data)) {
    const names = specs.map(({ name }) => name)
    checkOptions(`${who}, ${argument}`, data, names)
    const missing = needed.find(({ name }) => data[name] === undefined || data[name] === null)
    if (missing === undefined) return names.map((name) => data[name])
    throw new ArgumentError({
      who,
      expected: `${argument} for each of ${names.join(', ')}`,
      received: `none for ${show(missing.name)}`,
    })
  }
  if (specs.length === 1) {
    // [tensor] is a list of one; [[1, 2], [3, 4]] and [1, 2] are values.
    if (Array.isArray(data) && data.length === 1 && data[0] instanceof Tensor) return [data[0]]
    return [data as ArrayData]
  }
  if (Array.isArray(data) && data.length === specs.length) return [...data]
  const received = Array.isArray(data) ? `${data.length}` : show(data)
  const expected = `${argument} to be a list of ${specs.length} (${specs.map(({ name }) => name).join(', ')})`
  throw new ArgumentError({ who, expected, received })
}

function isNamed(data: unknown): data is Readonly<Record<string, ArrayData>> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false
  return !(data instanceof Tensor || ArrayBuffer.isView(data) || data instanceof ArrayBuffer)
}

/** The shape of one sample. */
export function sampleOf({ shape }: TensorSpec): Shape {
  return shape.slice(1).map((size) => size ?? 1)
}

/** Checks the shape of inputs against that of a model; an open size takes any. */
export function checkInputs(who: string, spec: TensorSpec, rows: Rows): void {
  const sample = spec.shape.slice(1)
  if (rows.shape.length === sample.length && sample.every((size, i) => size === null || size === rows.shape[i])) return
  const missingChannels = sample.length - rows.shape.length === 1 && sample.at(-1) === 1
  throw new ShapeError({
    who: `${who}, ${spec.name}`,
    expected: `input ${showShape(spec.shape)}`,
    received: showShape([rows.size, ...rows.shape]),
    hint: missingChannels ? `add a channel axis: reshape(${showShape([rows.size, ...rows.shape, 1])})` : undefined,
  })
}

/** Some of the pairs, from `begin` to before `end`. */
export function partOfPairs(pairs: Pairs, begin: number, end: number): Pairs {
  const part = (rows: Rows): Rows => new RowsSlice(rows, begin, end)
  const parts = (all: readonly (Rows | undefined)[]): (Rows | undefined)[] =>
    all.map((rows) => (rows === undefined ? undefined : part(rows)))
  return {
    ...pairs,
    size: end - begin,
    x: pairs.x.map(part),
    y: parts(pairs.y),
    sampleWeights: parts(pairs.sampleWeights),
  }
}

/** Cuts a share off the end, as Keras does for validation. Classes are not weighted there. */
export function splitPairs(pairs: Pairs, lastShare: number): [first: Pairs, last: Pairs] {
  const at = Math.floor(pairs.size * (1 - lastShare))
  const last = partOfPairs(pairs, at, pairs.size)
  return [partOfPairs(pairs, 0, at), { ...last, classWeights: pairs.classWeights.map(() => undefined) }]
}
