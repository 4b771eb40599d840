/**
 * Images whose pixels are weighted sums of a few pixels of others. Resizing, cropping and rotating differ in the table
 * alone that says which; all are linear, so the gradient is the same table the other way round.
 */

import { vision } from '../runtime/sets/vision.ts'
import type { Tensor } from '../tensor.ts'
import { allocate, record } from './op.ts'

/** For each of T pixels K entries; an index of −1 is no pixel. */
export interface ResampleTable {
  readonly indices: Int32Array
  readonly weights: Float32Array
  readonly K: number
}

/** x [B, N, C] -> [B, T, C] */
export function resample(who: string, x: Tensor, table: ResampleTable): Tensor {
  const [B, N, C] = x.shape as readonly [number, number, number]
  const T = table.indices.length / table.K
  const y = allocate(who, [B, T, C])
  launch(who, 'resampleForward', table, x, y, { extent: B * T, work: C * table.K, grain: 1 }, [N, T, C])
  return record(who, [x], y, [], (dy) => [spread(who, dy, table, N)])
}

/** [B, T, C] -> [B, N, C] */
function spread(who: string, dy: Tensor, table: ResampleTable, N: number): Tensor {
  const [B, T, C] = dy.shape as readonly [number, number, number]
  const dx = allocate(who, [B, N, C])
  const axis = { extent: B, work: (T * table.K + N) * C, grain: 1 }
  launch(who, 'resampleGrad', table, dy, dx, axis, [N, T, C])
  return record(who, [dy], dx, [], (ddx) => [resample(who, ddx, table)])
}

function launch(
  who: string,
  kernel: 'resampleForward' | 'resampleGrad',
  { indices, weights, K }: ResampleTable,
  from: Tensor,
  to: Tensor,
  axis: { extent: number; work: number; grain: number },
  [N, T, C]: readonly [number, number, number],
): void {
  if (to.size === 0) return
  const { owner } = to.storage(who)
  owner.withScratch(indices.byteLength + weights.byteLength, who, (at) => {
    const weightsAt = at + indices.byteLength
    owner.memory.i32(at, indices.length).set(indices)
    owner.memory.f32(weightsAt, weights.length).set(weights)
    owner.use(vision).run(kernel, axis, from.at(who), at, weightsAt, to.at(who), N, T, K, C)
  })
}
