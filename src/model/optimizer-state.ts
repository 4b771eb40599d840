/** The state of an optimizer in Keras's files, both ways. */

import type { FileTensor } from '../formats/elements.ts'
import type { Hdf5Dataset, Hdf5Group } from '../formats/hdf5-writer.ts'
import { KERAS_SCHEDULES, slotPlaces } from '../formats/keras-optimizer.ts'
import type { OptimizerDescription } from '../formats/model-description.ts'
import type { Weight } from '../layers/weight.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import { restoreSlots } from '../optimizers/state.ts'
import { isSchedule, type Schedule } from '../schedules/table.ts'
import { sameShape, sizeOf } from '../shape.ts'
import type { LayersModel } from './model.ts'
import { valuesOf } from './set-weights.ts'

/** The slots that Keras keeps too: a momentum of 0 has none there. */
function storedSlots(optimizer: Optimizer): number[] {
  const { momentum } = optimizer.getConfig()
  return optimizer.slotNames.flatMap((name, i) => (name === 'momentum' && momentum === 0 ? [] : [i]))
}

/** What Keras's slots are multiples of: its velocity has the learning rate in it, with the sign of the step. */
function scaleOf({ className, learningRate }: Optimizer): number {
  return className === 'Momentum' ? -Math.fround(learningRate) : 1
}

/**
 * Checks a state, and returns what sets it when the weights are there.
 * @param channelsFirst whether the file's images have their channels first
 * @param notes gets a sentence where the state does not fit
 */
export function stateFrom(
  model: LayersModel,
  { iterations, learningRate, slots }: OptimizerDescription,
  channelsFirst: boolean,
  notes: string[],
): (() => void) | undefined {
  const optimizer = model.optimizer!
  const weights = model.trainableWeights
  const kept = storedSlots(optimizer)
  const places = [true, false]
    .map((pairs) => slotPlaces(optimizer.className, kept, weights.length, pairs))
    .find((each) => {
      return each.length === slots.length && each.every(([, i], k) => sameShape(weights[i]!.shape, slots[k]!.shape))
    })
  const isNumber = (value: number): boolean => Number.isFinite(value) && value >= 0
  if (!Number.isSafeInteger(iterations) || !isNumber(iterations) || !isNumber(learningRate ?? 0)) return leave(notes)
  // One that has taken no step yet has no slots.
  if (places === undefined && slots.length > 0) return leave(notes)
  const turned = valuesOf(
    model,
    (places ?? []).map(([, i], k): [Weight, FileTensor] => [weights[i]!, slots[k]!]),
    channelsFirst,
  )
  return () => {
    // A file rounds it; one that is the same but for that stays as it was told.
    if (learningRate !== undefined && optimizer.schedule === undefined) {
      if (Math.fround(optimizer.learningRate) !== learningRate) optimizer.learningRate = learningRate
    }
    const scale = scaleOf(optimizer)
    const values: Float32Array[] = optimizer.slotNames.flatMap(() =>
      weights.map(({ shape }) => new Float32Array(sizeOf(shape))),
    )
    places?.forEach(([slot, i], k) => {
      const from = turned[k]![1]
      values[slot * weights.length + i] = scale === 1 ? from : from.map((value) => (scale === 0 ? 0 : value / scale))
    })
    model.makeWeights()
    const variables = weights.map(({ variable }) => variable)
    restoreSlots(optimizer, variables, iterations, slots.length === 0 ? [] : values)
  }
}

/** The schedule of the learning rate, if Keras has it. */
export function kerasSchedule({ schedule }: Optimizer): Schedule | undefined {
  return isSchedule(schedule) && KERAS_SCHEDULES.includes(schedule.className) ? schedule : undefined
}

/** The variables of the model's optimizer, by their numbers. */
export function stateOf(model: LayersModel): Hdf5Group {
  const optimizer = model.optimizer!
  const variables = model.trainableWeights.map(({ variable }) => variable)
  const scale = scaleOf(optimizer)
  const slots = slotPlaces(optimizer.className, storedSlots(optimizer), variables.length).map(([slot, i]) => {
    const { shape } = variables[i]!
    const values = optimizer.slots(variables[i]!)[slot]!.view(optimizer.className)
    return { shape, values: Float32Array.from(values, (value) => value * scale) }
  })
  const all: Hdf5Dataset[] = [
    { shape: [], values: BigInt64Array.of(BigInt(optimizer.iterations)) },
    ...(kerasSchedule(optimizer) === undefined ? [{ shape: [], values: Float32Array.of(optimizer.learningRate) }] : []),
    ...slots,
  ]
  return { members: { vars: { members: Object.fromEntries(all.map((each, i) => [`${i}`, each])) } } }
}

function leave(notes: string[]): undefined {
  notes.push("the optimizer's state was left behind: it starts anew")
}
