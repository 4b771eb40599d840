/**
 * Two operands, one result, shapes that stretch by NumPy's rule. Axes along which both operands advance alike are
 * merged, so that what reaches the kernel has four axes at the most, as a rule one or two.
 */

import type { KernelsOf } from '../runtime/load.ts'
import { runtime } from '../runtime/runtime.ts'
import type { Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { expanded } from './strided.ts'

/** The kernels of binary.ts that broadcast. */
export type BroadcastKernel = Extract<
  KernelsOf<'core'>,
  `binary${string}` | `compare${string}` | 'logicalAnd' | 'logicalOr'
>

interface Axis {
  size: number
  readonly a: number
  readonly b: number
}

const KERNEL_AXES = 4

/** The axes of the result with the strides of the operands, 0 where one is repeated; neighbours joined where they can be. */
function mergedAxes(shape: Shape, a: Shape, b: Shape): Axis[] {
  const axes: Axis[] = []
  let [strideA, strideB] = [1, 1]
  for (let axis = -1; axis >= -shape.length; axis--) {
    const [size, m, n] = [shape.at(axis)!, a.at(axis) ?? 1, b.at(axis) ?? 1]
    const [stepA, stepB] = [m === 1 ? 0 : strideA, n === 1 ? 0 : strideB]
    strideA *= m
    strideB *= n
    if (size === 1) continue
    const inner = axes[0]
    if (inner !== undefined && stepA === inner.a * inner.size && stepB === inner.b * inner.size) inner.size *= size
    else axes.unshift({ size, a: stepA, b: stepB })
  }
  return axes
}

/** y = a ∘ b, where y has the broadcast shape of a and b. */
export function runBroadcast(who: string, kernel: BroadcastKernel, a: Tensor, b: Tensor, y: Tensor): void {
  const size = y.size
  if (size === 0) return
  const owner = runtime(who)
  const [stepA, stepB] = [a.size === size ? 1 : 0, b.size === size ? 1 : 0]
  if ((stepA === 1 || a.size === 1) && (stepB === 1 || b.size === 1)) {
    owner.run(kernel, size, a.at(who), b.at(who), y.at(who), 1, 1, size, 0, 0, 0, stepA, 0, 0, 0, stepB)
    return
  }
  const axes = mergedAxes(y.shape, a.shape, b.shape)
  if (axes.length > KERNEL_AXES) {
    // Operands that take turns in being repeated: one of them is written out.
    const $a = stepA === 1 ? a : expanded(who, a, y.shape)
    const $b = stepA === 1 ? expanded(who, b, y.shape) : b
    runBroadcast(who, kernel, $a, $b, y)
    if ($a !== a) $a.dispose()
    if ($b !== b) $b.dispose()
    return
  }
  const [rows, row] = axes
  if (axes.length === 2 && row!.a === 1 && row!.b === 1 && joinsRows(rows!.size, row!.size)) {
    runJoinedRows(who, kernel, a, b, y, rows!, row!.size)
    return
  }
  while (axes.length < KERNEL_AXES) axes.unshift({ size: 1, a: 0, b: 0 })
  const [d0, d1, d2, d3] = axes as [Axis, Axis, Axis, Axis]
  const sizes = [d1.size, d2.size, d3.size] as const
  const [at, bt, yt] = [a.at(who), b.at(who), y.at(who)]
  owner.run(kernel, size, at, bt, yt, ...sizes, d0.a, d1.a, d2.a, d3.a, d0.b, d1.b, d2.b, d3.b)
}

/** Elements of a row from which a kernel does not notice the way to the next one any more. */
const LONG_ROW = 256

function joinsRows(rows: number, columns: number): boolean {
  return columns < LONG_ROW && rows % 2 === 0 && rows * columns >= 16 * LONG_ROW
}

/** A short row that meets each of many, say a bias: several of them side by side meet as many rows at once. */
function runJoinedRows(
  who: string,
  kernel: BroadcastKernel,
  a: Tensor,
  b: Tensor,
  y: Tensor,
  rows: Axis,
  columns: number,
): void {
  let copies = 2
  while (copies * columns < LONG_ROW && rows.size % (2 * copies) === 0) copies *= 2
  const owner = runtime(who)
  const length = copies * columns
  const [at, bt] = [a.at(who), b.at(who)]
  owner.withScratch(4 * length, who, (scratch) => {
    const values = owner.memory.i32(rows.a === 0 ? at : bt, columns)
    const repeated = owner.memory.i32(scratch, length)
    for (let i = 0; i < length; i += columns) repeated.set(values, i)
    const sizes = [1, rows.size / copies, length] as const
    const [stepA, stepB] = rows.a === 0 ? [0, length] : [length, 0]
    const [from, to] = rows.a === 0 ? [scratch, bt] : [at, scratch]
    owner.run(kernel, y.size, from, to, y.at(who), ...sizes, 0, 0, stepA, 1, 0, 0, stepB, 1)
  })
}

/**
 * y = f(a, b) on int32, by a plain loop: integers are labels, indices and counts, few but exact, which float32 kernels
 * are not above 2²⁴.
 */
export function broadcastIntegers(f: (m: number, n: number) => number, a: Tensor, b: Tensor, y: Tensor): void {
  if (y.size === 0) return
  const axes = mergedAxes(y.shape, a.shape, b.shape)
  if (axes.length === 0) axes.push({ size: 1, a: 0, b: 0 })
  const [m, n, result] = [a.view(), b.view(), y.view()]
  let i = 0
  const walk = (depth: number, fromA: number, fromB: number): void => {
    const axis = axes[depth]!
    for (let k = 0; k < axis.size; k++) {
      const [at, bt] = [fromA + k * axis.a, fromB + k * axis.b]
      if (depth < axes.length - 1) walk(depth + 1, at, bt)
      else result[i++] = f(m[at]!, n[bt]!)
    }
  }
  walk(0, 0, 0)
}
