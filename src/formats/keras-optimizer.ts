/**
 * The variables of Keras's optimizers: the number of steps, the learning rate where it is a number (from Keras 3 on), then
 * the slots. Two slots of a variable stand beside each other; those that were added since, and all of RMSprop's, one slot
 * of all variables after the other. Keras 2 and a few versions of Keras 3 have all slots so.
 */

import type { Hdf5Node } from './hdf5.ts'
import type { OptimizerDescription } from './model-description.ts'

/** The schedules of learning rates that Keras has too. */
export const KERAS_SCHEDULES = ['CosineDecay', 'ExponentialDecay', 'PiecewiseConstantDecay', 'PolynomialDecay']

/** Where a tensor belongs: the number of its slot, and of its variable. */
export type SlotPlace = readonly [slot: number, variable: number]

/**
 * @param slots the numbers of the slots that there are
 * @param pairs whether the first two stand beside each other, where Keras 3 has them so
 */
export function slotPlaces(className: string, slots: readonly number[], variables: number, pairs = true): SlotPlace[] {
  const together = pairs && className !== 'RMSProp' ? 2 : 1
  const groups = [slots.slice(0, together), ...slots.slice(together).map((slot) => [slot])]
  return groups.flatMap((group) => {
    return Array.from({ length: variables }, (_, i) => group.map((slot): SlotPlace => [slot, i])).flat()
  })
}

/** Undefined where there is no number of steps. */
export function readOptimizer(nodes: readonly Hdf5Node[]): OptimizerDescription | undefined {
  const [steps, ...others] = nodes.map((node) => node.read())
  if (steps === undefined || steps.shape.length > 0) return undefined
  const rate = others[0]?.shape.length === 0 ? others.shift() : undefined
  return { iterations: steps.values[0]!, learningRate: rate?.values[0], slots: others }
}
