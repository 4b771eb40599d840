/** Weights in the form that a kernel takes: packed, or transformed too. */

import { isRecording } from '../autograd.ts'
import { type Tensor, Variable } from '../tensor.ts'

/**
 * Lends `bytes` bytes that `compute` makes of a tensor's elements. Predictions come one after the other with the same
 * weights, so what is made of a variable is kept until it changes; a training step changes it anyway.
 * @param kind what it is; a variable keeps one kind at a time
 */
export function withDerived(
  who: string,
  source: Tensor,
  kind: string,
  bytes: number,
  compute: (at: number) => void,
  use: (at: number) => void,
): void {
  const buffer = source.storage(who)
  if (source instanceof Variable && !isRecording([source])) {
    use(buffer.derived(kind, bytes, who, compute))
    return
  }
  buffer.owner.withScratch(bytes, who, (at) => {
    compute(at)
    use(at)
  })
}
