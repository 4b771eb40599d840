/** The outputs of a model for rows, batch by batch. */

import { checkInteger, checkOptions } from '../errors.ts'
import { allocate, type Tensor, tidy } from '../tensor.ts'
import { inputRows, type NamedData } from './pairs.ts'
import { batches, indexRange, type Rows } from './rows.ts'
import { isSamples, type Samples } from './samples.ts'
import type { Trainable } from './trainable.ts'

/** What `predict` takes. */
export interface PredictArgs {
  /** Samples that are computed at once. Default 32. */
  readonly batchSize?: number | null
  /** Nothing is printed; accepted for ported code. */
  readonly verbose?: number | boolean | null
}

type Model = Pick<Trainable, 'inputSpecs' | 'outputSpecs' | 'forward' | 'makeWeights'>

export function predict(
  model: Model,
  x: Samples | NamedData,
  given: PredictArgs | null | undefined,
): Tensor | Tensor[] {
  const who = 'predict'
  const args = given ?? {}
  checkOptions(who, args, ['batchSize', 'verbose'])
  const batchSize = args.batchSize ?? 32
  checkInteger(who, 'batchSize', batchSize, 1)
  return withRows(who, model, x, (rows) => {
    const size = rows[0]?.size ?? 0
    if (size > 0 && size <= batchSize) return infer(who, model, rows, indexRange(size))
    let results: Tensor[] | undefined
    try {
      let row = 0
      for (const indices of batches(size, batchSize)) {
        const outputs = infer(who, model, rows, indices)
        results ??= outputs.map((output) => allocate(who, [size, ...output.shape.slice(1)]))
        results.forEach((result, i) => {
          const output = outputs[i]!
          result.view().set(output.view(), row * (output.size / indices.length))
          output.dispose()
        })
        row += indices.length
      }
      return results ?? model.outputSpecs.map(({ shape }) => allocate(who, [0, ...shape.slice(1).map((n) => n ?? 0)]))
    } catch (error) {
      for (const result of results ?? []) result.dispose()
      throw error
    }
  })
}

/** The outputs for one batch. */
export function predictOnBatch(model: Model, x: NamedData): Tensor | Tensor[] {
  const who = 'predictOnBatch'
  return withRows(who, model, x, (rows) => infer(who, model, rows, indexRange(rows[0]!.size)))
}

function withRows(
  who: string,
  model: Model,
  x: Samples | NamedData,
  compute: (rows: readonly Rows[]) => Tensor[],
): Tensor | Tensor[] {
  const made: Rows[] = []
  try {
    const rows = inputRows(who, model, isSamples(x) ? x : (x as NamedData), (each) => {
      made.push(each)
      return each
    })
    const outputs = compute(rows)
    return outputs.length === 1 ? outputs[0]! : outputs
  } finally {
    for (const rows of made) rows.dispose()
  }
}

function infer(who: string, model: Model, rows: readonly Rows[], indices: Int32Array): Tensor[] {
  model.makeWeights()
  return tidy(() => {
    const inputs = rows.map((each) => each.take(indices))
    return model.forward(inputs, { training: false }).map((output) => output.alias(who))
  })
}
