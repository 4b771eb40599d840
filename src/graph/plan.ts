/**
 * How a pass through a graph is run: which steps, in which order, which of them in one pass of a kernel, and after which
 * step a result is no longer needed. Made once for what is wanted, and kept.
 */

import { ShapeError, StateError, show } from '../errors.ts'
import type { CallContext, Layer, LayerOutput, Tail } from '../layers/layer.ts'
import { clone } from '../ops/layout.ts'
import { Tensor, tidy } from '../tensor.ts'
import type { Graph, Step } from './graph.ts'

export interface PlannedStep {
  readonly layer: Layer
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  readonly takesList: boolean
  /** Whether what goes into the final activation is wanted. */
  readonly logits: boolean
  /** The layers behind this one that its kernel does along the way. */
  readonly tails: readonly Tail[]
  /** The slots that nobody needs after this step. */
  readonly frees: readonly number[]
}

export interface Plan {
  readonly slots: number
  readonly inputSlots: readonly number[]
  readonly outputSlots: readonly number[]
  readonly steps: readonly PlannedStep[]
}

export interface PlanArgs {
  readonly training: boolean
  /** The steps that compute as in inference even then. */
  readonly frozen?: ReadonlySet<Step>
  /** The outputs that are wanted as what goes into their final activation. */
  readonly logits: readonly boolean[]
}

export function planOf(graph: Graph, { training, logits, frozen = new Set() }: PlanArgs): Plan {
  const wanted = new Set(graph.outputSlots)
  const asLogits = new Set(graph.outputSlots.filter((_, i) => logits[i] === true))
  const uses = new Map<number, number>()
  for (const { inputs } of graph.steps) for (const slot of inputs) uses.set(slot, (uses.get(slot) ?? 0) + 1)
  const fused = new Set<Step>()
  const steps: Omit<PlannedStep, 'frees'>[] = []
  for (const step of graph.steps) {
    if (fused.has(step)) continue
    const trains = training && !frozen.has(step)
    // What is frozen takes along only what is frozen too: its outputs may be kept.
    const mayJoin = (tail: Step): boolean => !training || frozen.has(tail) === frozen.has(step)
    const chain = tailsOf(graph, step, trains, mayJoin, wanted, uses)
    for (const { step: tail } of chain) fused.add(tail)
    const { layer, inputs, node } = step
    const { outputs } = chain.at(-1)?.step ?? step
    const takesLogits = chain.length === 0 && asLogits.has(outputs[0]!)
    steps.push({
      layer,
      inputs,
      outputs,
      takesList: node.takesList,
      logits: takesLogits,
      tails: chain.map(({ tail }) => tail),
    })
  }
  const { slots, inputSlots, outputSlots } = graph
  return { slots, inputSlots, outputSlots, steps: withFrees(steps, wanted) }
}

interface FusedTail {
  readonly step: Step
  readonly tail: Tail
}

/** The steps behind one that its layer can do along with its own work, as many as there are. */
function tailsOf(
  graph: Graph,
  from: Step,
  training: boolean,
  mayJoin: (tail: Step) => boolean,
  wanted: ReadonlySet<number>,
  uses: ReadonlyMap<number, number>,
): FusedTail[] {
  const found: FusedTail[] = []
  let longest = 0
  let slot = from.outputs[0]!
  while (from.outputs.length === 1 && !wanted.has(slot) && uses.get(slot) === 1) {
    const step = graph.steps.find(({ inputs }) => inputs.includes(slot))
    const tail = step?.inputs.length === 1 && !step.node.takesList ? step.layer.tail : undefined
    if (step === undefined || tail === undefined || !mayJoin(step)) break
    // An output that is wanted as logits must end in its own layer.
    found.push({ step, tail })
    if (
      from.layer.takes(
        found.map((each) => each.tail),
        training,
      )
    )
      longest = found.length
    slot = step.outputs[0]!
  }
  return found.slice(0, longest)
}

function withFrees(steps: readonly Omit<PlannedStep, 'frees'>[], wanted: ReadonlySet<number>): PlannedStep[] {
  const lastUse = new Map<number, number>()
  steps.forEach(({ inputs, outputs }, i) => {
    for (const slot of [...inputs, ...outputs]) if (!wanted.has(slot)) lastUse.set(slot, i)
  })
  return steps.map((step, i) => ({
    ...step,
    frees: [...lastUse].filter(([, last]) => last === i).map(([slot]) => slot),
  }))
}

/**
 * Runs a plan. A result that no later step needs is disposed at once; where a tape records, it holds what it needs.
 * @returns the outputs, each a tensor of its own
 */
export function runPlan(plan: Plan, inputs: readonly Tensor[], context: CallContext): Tensor[] {
  const values = new Array<Tensor | undefined>(plan.slots)
  plan.inputSlots.forEach((slot, i) => {
    values[slot] = inputs[i]!
  })
  for (const step of plan.steps) {
    const output = tidy(() => runStep(step, values, context))
    const list = Array.isArray(output) ? output : [output]
    checkOutputs(step.layer, list, step.outputs.length)
    step.outputs.forEach((slot, i) => {
      values[slot] = list[i]!
    })
    for (const slot of step.frees) {
      const value = values[slot]
      values[slot] = undefined
      if (value !== undefined && !value.kept && !inputs.includes(value) && !values.includes(value)) value.dispose()
    }
  }
  return plan.outputSlots.map((slot, i) => {
    const output = values[slot]!
    const again = plan.outputSlots.indexOf(slot) < i
    // An output that is an input, or there twice, becomes a tensor of its own: its owner may dispose it.
    return again || inputs.includes(output) ? clone(output) : output
  })
}

function runStep(
  { layer, inputs, takesList, logits, tails }: PlannedStep,
  values: readonly (Tensor | undefined)[],
  context: CallContext,
): LayerOutput {
  const given = takesList ? inputs.map((slot) => values[slot]!) : values[inputs[0]!]!
  if (logits) return layer.callLogits(given, context)
  return tails.length === 0 ? layer.run(given, context) : layer.callWith(tails, given, context)
}

function checkOutputs(layer: Layer, outputs: readonly unknown[], count: number): void {
  const wrong = outputs.find((output) => !(output instanceof Tensor))
  if (wrong !== undefined || outputs.includes(undefined)) {
    throw new StateError({ who: layer.name, expected: 'call to return a tensor', received: show(wrong) })
  }
  if (outputs.length === count) return
  const expected = `call to return ${count} ${count === 1 ? 'tensor' : 'tensors'}, as computeOutputShape says`
  throw new ShapeError({ who: layer.name, expected, received: `${outputs.length}` })
}
