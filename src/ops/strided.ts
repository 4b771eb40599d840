/**
 * The one move that layout ops are made of: y[i · yStrides] = x[i · xStrides] for all indices i. Transposition, slices,
 * padding, concatenation, repetition (a stride of 0) and reversal (a negative one) differ in their strides alone.
 */

import type { Runtime } from '../runtime/runtime.ts'
import { type Shape, sizeOf } from '../shape.ts'
import { allocate, type Tensor } from '../tensor.ts'

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis]!
  }
  return strides
}

interface Axis {
  size: number
  readonly x: number
  readonly y: number
}

/** What the kernel takes: more axes than these are looped over here. */
const KERNEL_AXES = 6

/** Copies sizes[0] · sizes[1] · … elements from the address `x` to the address `y`; strides in elements. */
export function copyStrided(
  owner: Runtime,
  x: number,
  y: number,
  sizes: Shape,
  xStrides: readonly number[],
  yStrides: readonly number[],
): void {
  if (!sizes.includes(0)) copyAxes(owner, x, y, mergedAxes(sizes, xStrides, yStrides))
}

/** The axes of more than one element, neighbours joined where one stride serves both. */
function mergedAxes(sizes: Shape, xStrides: readonly number[], yStrides: readonly number[]): Axis[] {
  const axes: Axis[] = []
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const [size, x, y] = [sizes[axis]!, xStrides[axis]!, yStrides[axis]!]
    const inner = axes[0]
    if (size === 1) continue
    if (inner !== undefined && x === inner.x * inner.size && y === inner.y * inner.size) inner.size *= size
    else axes.unshift({ size, x, y })
  }
  // The kernel transposes fast where the last two axes are contiguous in y and in x: the order of the others is free.
  const contiguous = axes.findIndex((axis, i) => axis.x === 1 && i < axes.length - 2)
  if (contiguous >= 0) axes.splice(axes.length - 2, 0, ...axes.splice(contiguous, 1))
  return axes
}

function copyAxes(owner: Runtime, x: number, y: number, axes: readonly Axis[]): void {
  if (axes.length > KERNEL_AXES) {
    const [first, ...rest] = axes
    for (let i = 0; i < first!.size; i++) copyAxes(owner, x + 4 * i * first!.x, y + 4 * i * first!.y, rest)
    return
  }
  const d = [1, 1, 1, 1, 1, 1]
  const from = [0, 0, 0, 0, 0, 0]
  const to = [0, 0, 0, 0, 0, 0]
  axes.forEach((axis, i) => {
    const k = i + KERNEL_AXES - axes.length
    d[k] = axis.size
    from[k] = axis.x
    to[k] = axis.y
  })
  type Six = [number, number, number, number, number, number]
  const rows = sizeOf(d) / d[5]!
  owner.run(
    'stridedCopy',
    { extent: rows, work: d[5]!, grain: 1 },
    x,
    y,
    ...(d as Six),
    ...(from as Six),
    ...(to as Six),
  )
}

/** `x` repeated to `shape` by NumPy's rule; nothing is checked, nothing recorded. */
export function expanded(who: string, x: Tensor, shape: Shape): Tensor {
  const y = allocate(who, shape, x.dtype)
  const missing = shape.length - x.shape.length
  const own = stridesOf(x.shape)
  const xStrides = shape.map((_, axis) => (axis < missing || x.shape[axis - missing] === 1 ? 0 : own[axis - missing]!))
  const { owner, at } = x.storage(who)
  if (x.size === 1 && x.dtype === 'float32') owner.run('fill', y.size, y.at(who), owner.memory.f32(at, 1)[0]!)
  else copyStrided(owner, at, y.at(who), shape, xStrides, stridesOf(shape))
  return y
}
