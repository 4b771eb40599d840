/**
 * How axes are reduced, whatever by. A kernel sees its input as [outer, reduce, inner], so each run of neighbouring reduced
 * axes takes one pass, the last run first. Integers are reduced exactly, by a plain loop.
 */

import type { KernelName } from '../runtime/load.ts'
import type { ParallelAxis } from '../runtime/runtime.ts'
import { checkAxes, reducedShape, type Shape, sizeOf } from '../shape.ts'
import type { DataType, Tensor, TensorLike } from '../tensor.ts'
import { reshape } from './layout.ts'
import { allocate, record, runtime } from './op.ts'
import { withFloat, withTensor } from './operands.ts'

/** Axes as TF.js takes them: one, several, or none given for all. Negative ones count from the end. */
export type Axis = number | readonly number[] | null

/** The same on integers: what nothing reduces to, and one step. */
interface IntegerReduction {
  readonly start: number
  readonly step: (result: number, n: number) => number
}

export interface Reduction {
  readonly kernel: Extract<KernelName, `reduce${string}`>
  readonly integers?: IntegerReduction
  /** Whether the gradient looks at x and y. */
  readonly saves: boolean
  /** The gradient; dy and y come with the reduced axes kept as 1, `shape` is that of x. */
  readonly dx: (dy: Tensor, shape: Shape, axes: readonly number[], x: Tensor, y: Tensor) => Tensor
}

/** A run of neighbouring axes that are all reduced or all kept. */
interface Run {
  size: number
  readonly reduced: boolean
}

export function runsOf(shape: Shape, axes: readonly number[]): Run[] {
  const runs: Run[] = []
  shape.forEach((size, axis) => {
    const reduced = axes.includes(axis)
    const last = runs[runs.length - 1]
    if (size === 1) return
    if (last !== undefined && last.reduced === reduced) last.size *= size
    else runs.push({ size, reduced })
  })
  return runs
}

type Pass = (x: Tensor, y: Tensor, outer: number, reduce: number, inner: number) => void

/** Reduces `axes` by one pass per run; the result has `shape`, the tensors between are disposed. */
export function reduceAxes(
  who: string,
  x: Tensor,
  axes: readonly number[],
  shape: Shape,
  dtype: DataType,
  pass: Pass,
): Tensor {
  const runs = runsOf(x.shape, axes)
  let current = x
  let inner = 1
  for (let i = runs.length - 1; i >= 0; i--) {
    const { size, reduced } = runs[i]!
    if (!reduced) {
      inner *= size
      continue
    }
    const outer = sizeOf(runs.slice(0, i).map((run) => run.size))
    const isLast = !runs.slice(0, i).some((run) => run.reduced)
    const y = allocate(who, isLast ? shape : [outer * inner], dtype)
    if (y.size > 0) pass(current, y, outer, size, inner)
    if (current !== x) current.dispose()
    current = y
  }
  if (current !== x) return current
  const copy = allocate(who, shape, dtype)
  copy.view().set(x.view(who))
  return copy
}

export function byKernel(who: string, kernel: Reduction['kernel']): Pass {
  return (x, y, outer, reduce, inner) => {
    const axis = blocksAxis(outer, reduce, inner)
    const sizes = [outer, reduce, inner] as const
    if (kernel !== 'reduceSum' && kernel !== 'reduceMean') {
      runtime(who).run(kernel, axis, x.at(who), y.at(who), ...sizes)
      return
    }
    const sum = (wide: number): void => runtime(who).run(kernel, axis, x.at(who), y.at(who), wide, ...sizes)
    if (inner === 1 || reduce <= SUM_BLOCK) sum(0)
    else runtime(who).withScratch(axis.extent * WIDE_BLOCK, who, sum)
  }
}

/** Rows whose columns are summed up in float32, as the kernels do: sums of more have float64 ones in scratch. */
const SUM_BLOCK = 64
/** Bytes of those of a block of 16 columns. */
const WIDE_BLOCK = 128

/** What becomes of `count` integers, of which `read` gives the r-th. */
export type LoopReduction = (read: (r: number) => number, count: number) => number

export function byLoop(reduceRow: LoopReduction): Pass {
  return (x, y, outer, reduce, inner) => {
    const [from, to] = [x.view(), y.view()]
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) to[o * inner + i] = reduceRow((r) => from[(o * reduce + r) * inner + i]!, reduce)
    }
  }
}

function stepByStep({ start, step }: IntegerReduction): LoopReduction {
  return (read, count) => {
    let value = start
    for (let r = 0; r < count; r++) value = step(value, read(r))
    return value
  }
}

/** The reduction of that name over `axis`. */
export function reduction(
  who: string,
  { kernel, integers, saves, dx }: Reduction,
  x: TensorLike,
  axis: Axis | undefined,
  keepDims: boolean | undefined,
): Tensor {
  return withTensor(who, 'x', x, (given) => {
    const axes = checkAxes(who, axis, given.rank)
    const shape = reducedShape(given.shape, axes, keepDims ?? false)
    if (given.dtype !== 'float32' && integers !== undefined) {
      const dtype = who === 'max' || who === 'min' ? given.dtype : 'int32'
      // Of no bools the smallest is true and the largest false: 0 and 1 are all there are.
      const start = given.dtype === 'bool' ? Math.min(Math.max(integers.start, 0), 1) : integers.start
      return reduceAxes(who, given, axes, shape, dtype, byLoop(stepByStep({ ...integers, start })))
    }
    return withFloat(who, 'x', given, ($x) => {
      const y = reduceAxes(who, $x, axes, shape, 'float32', byKernel(who, kernel))
      const [xShape, kept] = [$x.shape, reducedShape($x.shape, axes, true)]
      return record(who, [$x], y, saves ? [$x, y] : [], (dy, [x, y]) => [
        dx(reshape(dy, kept), xShape, axes, x!, saves ? reshape(y!, kept) : y!),
      ])
    })
  })
}

/**
 * The kernels reduce rows where the axis is the last one, else blocks of 16 neighbours. Of these a range has as many as it
 * may: they are read in order.
 */
export function blocksAxis(outer: number, reduce: number, inner: number): ParallelAxis {
  if (inner === 1) return { extent: outer, work: reduce, grain: 1 }
  const extent = outer * Math.ceil(inner / 16)
  return { extent, work: reduce * Math.min(inner, 16), grain: Math.max(1, Math.floor(extent / 4)) }
}
