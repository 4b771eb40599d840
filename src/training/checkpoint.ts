/**
 * Checkpoints in files: a saved model with the optimizer's state, whose metadata have the moment of the run. One file, or
 * one store's entry, so what is there is always one moment's. Loaded when a run saves one or goes on from one.
 */

import { ArgumentError, checkInteger, FormatError, show, showShape } from '../errors.ts'
import { joinBuffers, MODEL_FILE } from '../formats/model-json.ts'
import { checkWeightBytes, type PlacedWeight, placeWeights } from '../formats/weight-specs.ts'
import { handlerFor } from '../io/handlers.ts'
import type { IOHandler } from '../io/io-handler.ts'
import { checkTree, isObject } from '../json.ts'
import { restoreSlots } from '../optimizers/state.ts'
import { Random, type RandomState } from '../random.ts'
import type { Moment } from './moment.ts'
import type { Trainable } from './trainable.ts'

/** Tensors of the group 'optimizer' that are no slots: numbers that callbacks remember. */
export const MOMENT_PREFIX = 'training/'

/** A moment as JSON, and the arrays that stand apart from it. */
export interface EncodedMoment {
  readonly json: unknown
  readonly arrays: readonly Float32Array[]
}

/** Puts each Float32Array of a moment apart: `{ array: its number }` stands in its place. */
export function encodeMoment(moment: Moment): EncodedMoment {
  const arrays: Float32Array[] = []
  const encode = (value: unknown): unknown => {
    if (value instanceof Float32Array) return { array: arrays.push(value) - 1 }
    if (Array.isArray(value)) return value.map(encode)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, encode(each)]))
  }
  return { json: encode(moment), arrays }
}

function decode(value: unknown, arrays: readonly Float32Array[]): unknown {
  if (Array.isArray(value)) return value.map((each) => decode(each, arrays))
  if (!isObject(value)) return value
  const keys = Object.keys(value)
  if (keys.length === 1 && keys[0] === 'array') return arrays[Number(value.array)]
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, decode(each, arrays)]))
}

/**
 * Gives a model the weights of a checkpoint and its optimizer the state. Nothing is changed unless all of it fits.
 * @param data what the run that goes on trains on
 * @returns the moment of the run
 */
export async function restoreCheckpoint(
  who: string,
  model: Trainable,
  source: string | object,
  data: Moment['data'],
): Promise<Moment> {
  const handler = handlerFor(who, source as string | IOHandler, 'load')
  const file = handler.source ?? MODEL_FILE
  const artifacts = await handler.load()
  const metadata = isObject(artifacts) ? artifacts.userDefinedMetadata : undefined
  checkTree(file, metadata)
  const own = isObject(metadata) ? metadata.quadlane : undefined
  const saved = isObject(own) ? own.checkpoint : undefined
  if (!isObject(saved)) {
    const hint = 'save with callbacks.modelCheckpoint, or model.save(target, { checkpoint: true })'
    throw new ArgumentError({
      who,
      expected: 'a checkpoint of training',
      received: `${show(file)}, a model without one`,
      hint,
    })
  }
  const placed = placeWeights(file, 'weightSpecs', artifacts.weightSpecs ?? [])
  const bytes = joinBuffers(artifacts.weightData as ArrayBuffer)
  checkWeightBytes(`${file}, weights`, placed, bytes.byteLength)
  const floats = ({ offset, bytes: length, name }: PlacedWeight): Float32Array => {
    const values = new Float32Array(bytes.slice(offset, offset + length))
    const wrong = values.findIndex((value) => !Number.isFinite(value))
    if (wrong < 0) return values
    const where = `${file}, tensor ${show(name)} at offset ${offset + 4 * wrong}`
    throw new FormatError({ who: where, expected: 'a finite number', received: `${values[wrong]}` })
  }
  const { optimizer } = model.session.compiled(who)
  const weights = placed.filter(({ group }) => group !== 'optimizer')
  const state = placed.filter(({ group, name }) => group === 'optimizer' && !name.startsWith(MOMENT_PREFIX))
  const arrays = placed.filter(({ group, name }) => group === 'optimizer' && name.startsWith(MOMENT_PREFIX))
  checkShapes(file, 'weights', weights, model.weights)
  const trained = model.trainableWeights
  const [, ...slots] = state
  const wanted = optimizer.slotNames.flatMap(() => trained)
  if (saved.optimizer !== optimizer.className) {
    const received = show(saved.optimizer)
    throw new FormatError({ who: file, expected: `the state of ${optimizer.className}`, received })
  }
  checkShapes(file, `slots of ${optimizer.className}`, slots, wanted)
  const iterations = Number(saved.iterations)
  if (!Number.isSafeInteger(iterations) || iterations < 0) {
    throw new FormatError({ who: file, expected: 'a number of steps', received: show(saved.iterations) })
  }
  const moment = checkMoment(who, decode(saved.moment, arrays.map(floats)))
  checkSame(who, moment, data)
  const [newWeights, newSlots] = [weights.map(floats), slots.map(floats)]
  model.makeWeights()
  // The slots are made before the first weight changes.
  const variables = trained.map((weight) => weight.variable)
  restoreSlots(optimizer, variables, iterations, newSlots)
  newWeights.forEach((values, i) => {
    model.weights[i]!.set(values)
  })
  const { learningRate } = saved
  if (typeof learningRate === 'number' && optimizer.schedule === undefined) optimizer.learningRate = learningRate
  return moment
}

/** A moment out of a file, where it is one. */
function checkMoment(who: string, value: unknown): Moment {
  if (typeof value !== 'object' || value === null) {
    const hint = 'save with callbacks.modelCheckpoint, or model.save(target, { checkpoint: true })'
    throw new ArgumentError({ who, expected: 'a checkpoint of training', received: 'a model without one', hint })
  }
  const { seed, epoch, batch, shuffle, totals, history, callbacks, data } = value as Record<string, unknown>
  checkInteger(who, 'seed', seed)
  checkInteger(who, 'epoch', epoch)
  checkInteger(who, 'batch', batch)
  Random.restore(shuffle as RandomState)
  if (!Array.isArray(totals) || !totals.every(isNumbers)) refuse(who, 'totals', totals)
  const { epoch: epochs, figures } = (history ?? {}) as Record<string, unknown>
  if (!isNumbers(epochs) || typeof figures !== 'object' || figures === null) refuse(who, 'history', history)
  if (!Object.values(figures).every(isNumbers)) refuse(who, 'history', figures)
  if (!Array.isArray(callbacks)) refuse(who, 'callbacks', callbacks)
  if (typeof data !== 'object' || data === null) refuse(who, 'data', data)
  return value as Moment
}

/** Numbers, of which JSON writes NaN as null. */
function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number' || each === null)
}

function refuse(who: string, part: string, value: unknown): never {
  throw new ArgumentError({ who, expected: `a checkpoint whose ${part} can be read`, received: show(value) })
}

/** In the middle of an epoch the data must be cut into batches as before. */
function checkSame(who: string, { batch, data }: Moment, present: Moment['data']): void {
  if (batch === 0) return
  for (const name of ['samples', 'batchSize', 'shuffle'] as const) {
    if (data[name] === present[name]) continue
    throw new ArgumentError({
      who,
      expected: `${name} ${data[name]}, with which the epoch was begun`,
      received: String(present[name]),
      hint: 'a checkpoint between two epochs takes other data',
    })
  }
}

function checkShapes(
  file: string,
  what: string,
  placed: readonly PlacedWeight[],
  wanted: readonly { readonly name: string; readonly shape: readonly number[] }[],
): void {
  if (placed.length !== wanted.length) {
    throw new FormatError({ who: file, expected: `${wanted.length} ${what}`, received: `${placed.length}` })
  }
  placed.forEach((from, i) => {
    const { name, shape } = wanted[i]!
    if (from.dtype === 'float32' && showShape(from.shape) === showShape(shape)) return
    throw new FormatError({
      who: `${file}, tensor ${show(from.name)} at offset ${from.offset}`,
      expected: `float32 ${showShape(shape)} for ${name}`,
      received: `${from.dtype} ${showShape(from.shape)}`,
    })
  })
}
