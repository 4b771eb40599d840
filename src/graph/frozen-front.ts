/**
 * The front of a graph that training leaves as it is: the steps before the first weight that is trained, with nothing
 * random among them. What comes out of them is the same for a sample each time, so it may be kept.
 */

import type { Graph, Step } from './graph.ts'

/** The steps whose outputs training does not change. */
export function frozenSteps({ inputSlots, steps }: Graph): Set<Step> {
  const fixed = new Set(inputSlots)
  const frozen = new Set<Step>()
  for (const step of steps) {
    if (!step.layer.isFrozen || !step.inputs.every((slot) => fixed.has(slot))) continue
    frozen.add(step)
    for (const slot of step.outputs) fixed.add(slot)
  }
  return frozen
}

export interface SplitGraph {
  /** From the inputs to what the rest takes. */
  readonly front: Graph
  readonly rest: Graph
}

/** The graph in two; undefined where nothing with weights stands in front. */
export function splitFrozen(graph: Graph): SplitGraph | undefined {
  const frozen = frozenSteps(graph)
  if (![...frozen].some(({ layer }) => layer.weights.length > 0)) return undefined
  const front = graph.steps.filter((step) => frozen.has(step))
  const rest = graph.steps.filter((step) => !frozen.has(step))
  const made = new Set([...graph.inputSlots, ...front.flatMap(({ outputs }) => outputs)])
  const taken = new Set([...rest.flatMap(({ inputs }) => inputs), ...graph.outputSlots])
  const boundary = [...made].filter((slot) => taken.has(slot))
  return {
    front: { ...graph, steps: front, outputSlots: boundary },
    rest: { ...graph, steps: rest, inputSlots: boundary },
  }
}
