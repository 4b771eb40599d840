/** An optimizer's state as values: the number of its steps, and the slots of all variables that have some. */

import { ArgumentError, checkInteger, StateError, show } from '../errors.ts'
import { fromValues, Tensor, type Variable } from '../tensor.ts'
import type { NamedTensor, Optimizer } from './optimizer.ts'

/** What `optimizer.getWeights()` returns. */
export function optimizerWeights(optimizer: Optimizer): NamedTensor[] {
  const who = optimizer.className
  const { iterations, slotNames, variables } = optimizer
  const steps = fromValues(who, [Math.min(iterations, 2 ** 31 - 1)], [], 'int32')
  const slots = slotNames.flatMap((name, i) =>
    variables.map((variable) => {
      const slot = optimizer.slots(variable)[i]!
      return { name: `${variable.name}/${name}`, tensor: fromValues(who, slot.view(who), slot.shape) }
    }),
  )
  return [{ name: 'iter', tensor: steps }, ...slots]
}

/** What `optimizer.setWeights(weights)` does. */
export function setOptimizerWeights(optimizer: Optimizer, weights: readonly NamedTensor[]): void {
  const who = `${optimizer.className}.setWeights`
  if (!Array.isArray(weights) || !weights.every((weight) => weight?.tensor instanceof Tensor)) {
    throw new ArgumentError({ who, expected: 'a list of { name, tensor }', received: show(weights) })
  }
  const [steps, ...slots] = weights as readonly NamedTensor[]
  if (steps === undefined || steps.tensor.size !== 1) {
    throw new ArgumentError({ who, expected: "the number of steps, 'iter', first", received: show(steps?.name) })
  }
  const iterations = steps.tensor.dataSync()[0]!
  checkInteger(who, 'iter', iterations)
  const values = slots.map(({ tensor }) => Float32Array.from(tensor.dataSync()))
  const { variables } = optimizer
  if (variables.length > 0) {
    restoreSlots(optimizer, variables, iterations, values)
  } else {
    optimizer.iterations = iterations
    optimizer.fillSlots = (later) => restoreSlots(optimizer, later, optimizer.iterations, values)
  }
}

/**
 * Replaces the state: the first slot of all `variables`, then the second. No values at all: the slots start anew.
 * @throws StateError where there are values for other slots
 */
export function restoreSlots(
  optimizer: Optimizer,
  variables: readonly Variable[],
  iterations: number,
  values: readonly Float32Array[],
): void {
  const who = optimizer.className
  checkInteger(who, 'iterations', iterations)
  const slots = variables.map((variable) => optimizer.slots(variable))
  const all = optimizer.slotNames.flatMap((name, i) => slots.map((own) => ({ name, slot: own[i]! })))
  if (values.length !== 0 && values.length !== all.length) {
    const expected = `${all.length} slots (${optimizer.slotNames.join(', ')} of ${variables.length} variables)`
    throw new StateError({ who, expected, received: `${values.length}` })
  }
  const wrong = values.findIndex((value, i) => value.length !== all[i]!.slot.size)
  if (wrong >= 0) {
    const expected = `${all[wrong]!.slot.size} values for ${variables[wrong % variables.length]!.name}/${all[wrong]!.name}`
    throw new StateError({ who, expected, received: `${values[wrong]!.length}` })
  }
  all.forEach(({ name, slot }, i) => {
    if (values.length === 0) slot.view().fill(optimizer.slotStart(name))
    else slot.view().set(values[i]!)
  })
  optimizer.iterations = iterations
  optimizer.fillSlots = undefined
}
