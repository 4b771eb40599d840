/** A graph in which models within models have given their place to their layers: what runs, and what can be fused. */

import type { Layer } from '../layers/layer.ts'
import type { Graph, Step } from './graph.ts'

/** A layer that is a model, as far as a graph needs to know. */
interface Nested {
  readonly graph: Graph
}

export function isNested(layer: Layer): layer is Layer & Nested {
  return 'graph' in layer
}

export function flattened(graph: Graph): Graph {
  if (!graph.steps.some(({ layer }) => isNested(layer))) return graph
  const steps: Step[] = []
  let slots = graph.slots
  /** Slots that are another's under a second number: the outputs of nested models. */
  const same = new Map<number, number>()
  const resolved = (slot: number): number => same.get(slot) ?? slot
  const visit = (inner: Graph, slotOf: (slot: number) => number): void => {
    for (const { node, layer, inputs, outputs } of inner.steps) {
      const [from, to] = [inputs.map((slot) => resolved(slotOf(slot))), outputs.map(slotOf)]
      if (!isNested(layer)) {
        steps.push({ node, layer, inputs: from, outputs: to })
        continue
      }
      const { graph: nested } = layer
      const own = new Map(nested.inputSlots.map((slot, i) => [slot, from[i]!]))
      const nestedSlot = (slot: number): number => {
        const known = own.get(slot)
        if (known !== undefined) return known
        own.set(slot, slots)
        return slots++
      }
      visit(nested, nestedSlot)
      nested.outputSlots.forEach((slot, i) => {
        same.set(to[i]!, resolved(nestedSlot(slot)))
      })
    }
  }
  visit(graph, (slot) => slot)
  return { ...graph, steps, slots, outputSlots: graph.outputSlots.map(resolved) }
}
