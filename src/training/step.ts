/**
 * A step of training and one of evaluation. A training step is: gather a batch, run the layers on a tape, differentiate
 * the loss, let the optimizer update the weights. It happens whole or not at all: gradients, running statistics and the
 * optimizer's slots are there before the first weight changes.
 */

import { activate } from '../activations/table.ts'
import { gradients, withoutTape } from '../autograd.ts'
import { ArgumentError } from '../errors.ts'
import type { Weight } from '../layers/weight.ts'
import { type Loss, perSampleOf } from '../losses/table.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { mean } from '../ops/reduce.ts'
import { fromValues, keep, type Tensor, tidy } from '../tensor.ts'
import type { CompiledOutput } from './compile.ts'
import type { Stepped } from './frozen-cache.ts'
import type { Pairs } from './pairs.ts'
import type { Totals } from './totals.ts'
import type { Trainable } from './trainable.ts'

/** A batch, in the order of inputs and outputs. */
interface Batch {
  readonly inputs: readonly Tensor[]
  readonly targets: readonly (Tensor | undefined)[]
  /** What each sample counts, [B], where that is not 1. */
  readonly weights: readonly (Tensor | undefined)[]
}

/** The figures of a step, in the order of `metricsNames`. */
export type Figures = readonly number[]

/** A training step on some rows, whose figures are added to `totals`. */
export function trainStep(who: string, model: Stepped, pairs: Pairs, indices: Int32Array, totals: Totals): Figures {
  const { optimizer, outputs } = model.session.compiled(who)
  model.makeWeights()
  const trained = model.trainableWeights
  const variables = trained.map((weight) => weight.variable)
  return tidy(() => {
    const batch = batchOf(pairs, indices, outputs)
    const kept: { predictions: (Tensor | undefined)[]; losses: Tensor[] } = { predictions: [], losses: [] }
    const updates: [weight: Weight, value: Tensor][] = []
    const update = (weight: Weight, value: Tensor): void => void updates.push([weight, keep(value.alias(who))])
    try {
      const { value, grads } = gradients(
        who,
        () => {
          const { losses, total, predictions } = lossesOf(who, model, outputs, batch, true, update)
          kept.predictions = predictions().map((each) => each && keep(each))
          kept.losses = losses.map((each) => keep(each.alias(who)))
          return total
        },
        variables,
      )
      const result = { loss: value.view(who)[0]!, losses: kept.losses.map((each) => each.view(who)[0]!) }
      checkFinite(who, result.loss, optimizer.iterations)
      const figures = totals.measure(batch.targets, kept.predictions)
      optimizer.apply(variables, grads, projection(trained))
      for (const [weight, next] of updates) weight.variable.write(next.view(who))
      return [...totals.add(result, indices.length), ...figures]
    } finally {
      for (const tensor of [...kept.predictions, ...kept.losses, ...updates.map(([, next]) => next)]) tensor?.dispose()
    }
  })
}

/** Loss and metrics of some rows, without training. */
export function testStep(who: string, model: Trainable, pairs: Pairs, indices: Int32Array, totals: Totals): Figures {
  const { outputs } = model.session.compiled(who)
  model.makeWeights()
  return tidy(() => {
    const batch = batchOf(pairs, indices, outputs)
    const { losses, total, predictions } = lossesOf(who, model, outputs, batch, false, undefined)
    const result = { loss: total.view(who)[0]!, losses: losses.map((each) => each.view(who)[0]!) }
    const figures = totals.measure(batch.targets, predictions())
    return [...totals.add(result, indices.length), ...figures]
  })
}

function batchOf(pairs: Pairs, indices: Int32Array, outputs: readonly CompiledOutput[]): Batch {
  const inputs = pairs.x.map((rows) => rows.take(indices))
  const targets = pairs.y.map((rows) => rows?.take(indices))
  const weights = outputs.map((_, i) => {
    const [samples, classes] = [pairs.sampleWeights[i], pairs.classWeights[i]]
    const own = samples?.take(indices).alias('fit', [indices.length])
    if (classes === undefined || targets[i] === undefined) return own
    const perClass = classFactors(targets[i], classes, indices.length)
    return own === undefined ? perClass : mul(own, perClass)
  })
  return { inputs, targets, weights }
}

/** The weight of each sample's class: that of its number, or that of the largest target of its row. */
function classFactors(target: Tensor, classes: ReadonlyMap<number, number>, samples: number): Tensor {
  const values = target.view()
  const each = values.length / samples
  const factors = Float32Array.from({ length: samples }, (_, row) => {
    let largest = 0
    for (let i = 1; i < each; i++) if (values[row * each + i]! > values[row * each + largest]!) largest = i
    return classes.get(each === 1 ? Math.round(values[row]!) : largest) ?? 1
  })
  return fromValues('classWeight', factors, [samples])
}

interface Losses {
  /** Of each output that has one, a scalar. */
  readonly losses: readonly Tensor[]
  /** Their weighted sum with the penalties of weights. */
  readonly total: Tensor
  /** Of each output that has metrics, on demand. */
  readonly predictions: () => (Tensor | undefined)[]
}

function lossesOf(
  who: string,
  model: Stepped,
  outputs: readonly CompiledOutput[],
  { inputs, targets, weights }: Batch,
  training: boolean,
  update: ((weight: Weight, value: Tensor) => void) | undefined,
): Losses {
  const specs = model.outputSpecs
  const logits = outputs.map(({ loss }, i) => usesLogits(loss, specs[i]!.finalActivation))
  const results = model.forward(inputs, { training, logits, update })
  const samples = inputs[0]!.shape[0]!
  const losses: Tensor[] = []
  let total: Tensor | undefined
  outputs.forEach(({ loss, weight }, i) => {
    if (loss === undefined) return
    const apply = logits[i] ? loss.fromLogits!.apply : loss.apply
    const values = checkLoss(who, loss, apply(targets[i]!, results[i]!))
    const weighted = weights[i] === undefined ? values : mul(perSampleOf(who, values, samples), weights[i])
    const own = mean(weighted)
    losses.push(own)
    const part = weight === 1 ? own : mul(own, weight)
    total = total === undefined ? part : add(total, part)
  })
  for (const penalty of penalties(model)) total = add(total!, penalty)
  const predictions = (): (Tensor | undefined)[] =>
    outputs.map(({ loss, metrics }, i) => {
      if (metrics.length === 0) return undefined
      if (!logits[i]) return results[i]!.alias(who)
      return withoutTape(who, () => activate(loss!.fromLogits!.activation, results[i]!))
    })
  return { losses, total: total!, predictions }
}

function usesLogits(loss: Loss | undefined, finalActivation: string | undefined): boolean {
  return loss?.fromLogits !== undefined && loss.fromLogits.activation === finalActivation
}

function checkLoss(who: string, loss: Loss, value: unknown): Tensor {
  if (typeof value === 'object' && value !== null && 'dtype' in value) return value as Tensor
  const name = loss.name ?? 'the loss function'
  throw new ArgumentError({ who, expected: `${name} to return a tensor`, received: String(value) })
}

/** What the regularizers of weights that are trained add to the loss. */
function penalties(model: Stepped): Tensor[] {
  return model.trainableWeights.flatMap(({ regularizer, variable }) =>
    regularizer === undefined ? [] : [regularizer.apply(variable)],
  )
}

/** Projects the weights that have a constraint; undefined where none has. */
function projection(weights: readonly Weight[]): (() => void) | undefined {
  const bound = weights.filter(({ constraint }) => constraint !== undefined)
  if (bound.length === 0) return undefined
  return () => {
    const next = bound.map(({ constraint, variable }) => constraint!.apply(variable))
    bound.forEach(({ variable }, i) => {
      variable.assign(next[i]!)
    })
  }
}

function checkFinite(who: string, loss: number, step: number): void {
  if (Number.isFinite(loss)) return
  throw new ArgumentError({
    who,
    expected: 'a finite loss',
    received: `${loss} at step ${step + 1}`,
    hint: 'lower the learning rate, and look for NaN or huge numbers in the inputs; the weights are as before this step',
  })
}
