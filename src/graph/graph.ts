/**
 * A graph of layers: its nodes in an order in which each comes after those that it depends on, and the slots in which
 * their outputs lie. Found by walking back from the outputs; depth does not matter, since nothing recurs.
 */

import { ArgumentError, showShape } from '../errors.ts'
import type { Layer } from '../layers/layer.ts'
import type { GraphNode, SymbolicTensor } from '../layers/symbolic.ts'

/** A use of a layer: where its inputs lie, and where its outputs go. */
export interface Step {
  readonly node: GraphNode
  readonly layer: Layer
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

export interface Graph {
  readonly inputs: readonly SymbolicTensor[]
  readonly outputs: readonly SymbolicTensor[]
  readonly inputSlots: readonly number[]
  readonly outputSlots: readonly number[]
  readonly slots: number
  /** Without the inputs' own nodes. */
  readonly steps: readonly Step[]
  /** Each once, in the order in which data flows, those of the inputs first. */
  readonly layers: readonly Layer[]
}

/** @throws ArgumentError for an output that needs an input that is not given, or an input that no output needs */
export function graphOf(who: string, inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): Graph {
  checkDistinct(who, inputs)
  const slots = new Map<SymbolicTensor, number>()
  const slotOf = (tensor: SymbolicTensor): number => {
    const known = slots.get(tensor)
    if (known !== undefined) return known
    slots.set(tensor, slots.size)
    return slots.size - 1
  }
  const inputSlots = inputs.map(slotOf)
  const steps = ordered(who, inputs, outputs).map((node): Step => {
    return { node, layer: node.layer, inputs: node.inputs.map(slotOf), outputs: node.outputs.map(slotOf) }
  })
  const used = new Set([...steps.flatMap((step) => step.inputs), ...outputs.map(slotOf)])
  inputs.forEach((tensor, i) => {
    if (used.has(inputSlots[i]!)) return
    const expected = 'inputs that an output depends on'
    throw new ArgumentError({ who, expected, received: `'${tensor.name}', which none does` })
  })
  const layers = new Set([...inputs.map(({ sourceLayer }) => sourceLayer), ...steps.map(({ layer }) => layer)])
  return {
    inputs,
    outputs,
    inputSlots,
    outputSlots: outputs.map(slotOf),
    slots: slots.size,
    steps,
    layers: [...layers],
  }
}

function checkDistinct(who: string, inputs: readonly SymbolicTensor[]): void {
  const seen = new Set<SymbolicTensor>()
  for (const tensor of inputs) {
    if (seen.has(tensor)) {
      throw new ArgumentError({ who, expected: 'each input once', received: `'${tensor.name}' again` })
    }
    seen.add(tensor)
  }
}

/** The nodes that the outputs need, each behind those that it needs itself. */
function ordered(
  who: string,
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
): readonly GraphNode[] {
  const given = new Set(inputs)
  const order: GraphNode[] = []
  const state = new Map<GraphNode, 'open' | 'done'>()
  const stack: { readonly node: GraphNode; next: number }[] = []
  const enter = (tensor: SymbolicTensor): void => {
    if (given.has(tensor)) return
    const { node } = tensor
    const seen = state.get(node)
    if (seen === 'done') return
    if (seen === 'open') {
      throw new ArgumentError({ who, expected: 'a graph without a cycle', received: `one ${pathOf(stack, node)}` })
    }
    if (node.inputs.length === 0) {
      const expected = `outputs that depend on the inputs ${inputs.map(({ name }) => `'${name}'`).join(', ')} alone`
      const { name } = node.layer
      // Inputs that nobody named have one name until a model numbers them.
      const other = inputs.some((known) => known.name === name)
        ? `another '${name}' ${showShape(tensor.shape)}`
        : `'${name}'`
      const received = `one that depends on ${other}, ${pathOf(stack, node)}`
      throw new ArgumentError({ who, expected, received, hint: 'name it among the inputs' })
    }
    state.set(node, 'open')
    stack.push({ node, next: 0 })
  }
  for (const output of outputs) {
    enter(output)
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      const { node } = top
      if (top.next < node.inputs.length) {
        enter(node.inputs[top.next++]!)
        continue
      }
      state.set(node, 'done')
      order.push(node)
      stack.pop()
    }
  }
  return order
}

const LONGEST_PATH = 6

/** 'by way of a -> b -> c', from where the data comes. */
function pathOf(stack: readonly { readonly node: GraphNode }[], from: GraphNode): string {
  const names = [from, ...stack.map(({ node }) => node).reverse()].map(({ layer }) => layer.name)
  const shown = names.length > LONGEST_PATH ? [...names.slice(0, LONGEST_PATH - 1), '…', names.at(-1)!] : names
  return `by way of ${shown.join(' -> ')}`
}
