/**
 * A step of training and one of evaluation. A training step is: gather a batch, run the layers on a tape, differentiate
 * the loss, let the optimizer update the weights.
 */

import { activate } from '../activations/table.ts'
import { gradients, withoutTape } from '../autograd.ts'
import { ArgumentError } from '../errors.ts'
import type { Weight } from '../layers/weight.ts'
import type { Loss } from '../losses/table.ts'
import { mean } from '../ops/reduce.ts'
import { keep, type Tensor, tidy } from '../tensor.ts'
import type { Pairs } from './pairs.ts'
import type { StepResult } from './totals.ts'
import type { Pass, Trainable } from './trainable.ts'

/** A training step on some rows. */
export function trainStep(who: string, model: Trainable, pairs: Pairs, indices: Int32Array): StepResult {
  const { optimizer, loss, metrics } = model.compiled(who)
  model.makeWeights()
  const variables = model.trainableWeights.map((weight) => weight.variable)
  return tidy(() => {
    const [input, target] = [pairs.x.take(indices), pairs.y.take(indices)]
    const outputs: { predictions?: Tensor } = {}
    const updates: [weight: Weight, value: Tensor][] = []
    const update = (weight: Weight, value: Tensor): void => void updates.push([weight, keep(value.alias(who))])
    try {
      const { value, grads } = gradients(
        who,
        () => {
          const { perSample, predictions } = lossOf(model, loss, input, target, true, update)
          if (metrics.length > 0) outputs.predictions = keep(predictions())
          return mean(perSample)
        },
        variables,
      )
      const { predictions } = outputs
      const figures = metrics.map((metric) => meanOf(metric.apply(target, predictions!)))
      const lossValue = value.view(who)[0]!
      checkFinite(who, lossValue, optimizer.iterations)
      optimizer.apply(variables, grads)
      for (const [weight, next] of updates) weight.write(next)
      return { loss: lossValue, metrics: figures }
    } finally {
      outputs.predictions?.dispose()
      for (const [, next] of updates) next.dispose()
    }
  })
}

/** Loss and metrics of some rows, without training. */
export function testStep(model: Trainable, pairs: Pairs, indices: Int32Array): StepResult {
  const { loss, metrics } = model.compiled('evaluate')
  model.makeWeights()
  return tidy(() => {
    const target = pairs.y.take(indices)
    const { perSample, predictions } = lossOf(model, loss, pairs.x.take(indices), target, false)
    const output = metrics.length > 0 ? predictions() : undefined
    return { loss: meanOf(perSample), metrics: metrics.map((metric) => meanOf(metric.apply(target, output!))) }
  })
}

/** The loss per sample, from logits where the loss and the last layer allow it, and the predictions on demand. */
function lossOf(
  model: Trainable,
  loss: Loss,
  x: Tensor,
  y: Tensor,
  training: boolean,
  update?: Pass['update'],
): { perSample: Tensor; predictions: () => Tensor } {
  const { fromLogits } = loss
  if (fromLogits !== undefined && fromLogits.activation === model.outputSpecs[0]!.finalActivation) {
    const [logits] = model.forward([x], { training, logits: [true], update })
    const predictions = (): Tensor => withoutTape('fit', () => activate(fromLogits.activation, logits!))
    return { perSample: fromLogits.apply(y, logits!), predictions }
  }
  const [output] = model.forward([x], { training, update })
  return { perSample: loss.apply(y, output!), predictions: () => output!.alias('fit') }
}

/** The mean, added up in float64: shares of correct answers come out exact. */
function meanOf(perSample: Tensor): number {
  const values = perSample.view()
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
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
