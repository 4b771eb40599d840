/** Sums and products of all elements up to each one along an axis. In float64, rounded once for each element. */

import { checkBooleans, ShapeError } from '../errors.ts'
import { checkAxis, sizeOf } from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { chained } from './chained.ts'
import { allocate, record } from './op.ts'
import { withTensor, withType } from './operands.ts'

interface Order {
  readonly axis: number
  /** Whether an element is left out of its own sum. */
  readonly exclusive: boolean
  /** Whether it goes from the last to the first. */
  readonly reverse: boolean
}

/** Calls `visit` for each line along the axis with the positions of its elements, in the order in which they are summed. */
function eachLine(
  x: Tensor,
  { axis, reverse }: Order,
  visit: (at: (i: number) => number, length: number) => void,
): void {
  const length = x.shape[axis]!
  const inner = sizeOf(x.shape.slice(axis + 1))
  const outer = sizeOf(x.shape.slice(0, axis))
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < inner; k++) {
      const start = o * length * inner + k
      visit((i) => start + (reverse ? length - 1 - i : i) * inner, length)
    }
  }
}

function cumulative(
  who: 'cumsum' | 'cumprod',
  x: TensorLike,
  axis: number | undefined,
  exclusive: boolean | undefined,
  reverse: boolean | undefined,
  compute: (x: Tensor, order: Order) => Tensor,
): Tensor {
  checkBooleans(who, { exclusive, reverse })
  return withTensor(who, 'x', x, (given) => {
    if (given.rank === 0) throw new ShapeError({ who, expected: 'x of rank 1 or more', received: '[]' })
    const order = {
      axis: checkAxis(who, axis ?? 0, given.rank),
      exclusive: exclusive ?? false,
      reverse: reverse ?? false,
    }
    return given.dtype === 'bool'
      ? withType(who, 'x', given, 'int32', ($x) => compute($x, order))
      : compute(given, order)
  })
}

/**
 * The sum of the elements up to each one along `axis`. int32 stays int32.
 * @param x a tensor, or values for one
 * @param axis one, negative from the end; default 0
 * @param exclusive whether an element is left out of its own sum; default false
 * @param reverse whether it sums from the end; default false
 * @example
 * cumsum([1, 2, 3]).print() // [1, 3, 6]
 * cumsum([1, 2, 3], 0, true).print() // [0, 1, 3]
 */
export const cumsum = /* @__PURE__ */ chained(
  'cumsum',
  (x: TensorLike, axis?: number, exclusive?: boolean, reverse?: boolean): Tensor => {
    return cumulative('cumsum', x, axis, exclusive, reverse, sums)
  },
)

function sums(x: Tensor, order: Order): Tensor {
  const y = allocate('cumsum', x.shape, x.dtype)
  const [from, to] = [x.view(), y.view()]
  eachLine(x, order, (at, length) => {
    let sum = 0
    for (let i = 0; i < length; i++) {
      const value = from[at(i)]!
      to[at(i)] = order.exclusive ? sum : sum + value
      sum += value
    }
  })
  return record('cumsum', [x], y, [], (dy) => [sums(dy, { ...order, reverse: !order.reverse })])
}

/**
 * The product of the elements up to each one along `axis` (default 0). int32 stays int32. The gradient is finite where
 * elements are 0, and has none of its own.
 * @param x a tensor, or values for one
 * @param axis one, negative from the end; default 0
 * @param exclusive whether an element is left out of its own product; default false
 * @param reverse whether it multiplies from the end; default false
 * @example
 * cumprod([1, 2, 3, 4]).print() // [1, 2, 6, 24]
 */
export const cumprod = /* @__PURE__ */ chained(
  'cumprod',
  (x: TensorLike, axis?: number, exclusive?: boolean, reverse?: boolean): Tensor => {
    return cumulative('cumprod', x, axis, exclusive, reverse, products)
  },
)

function products(x: Tensor, order: Order): Tensor {
  const y = allocate('cumprod', x.shape, x.dtype)
  const [from, to] = [x.view(), y.view()]
  const multiply = x.dtype === 'int32' ? Math.imul : (a: number, b: number) => a * b
  eachLine(x, order, (at, length) => {
    let product = 1
    for (let i = 0; i < length; i++) {
      const next = multiply(product, from[at(i)]!)
      to[at(i)] = order.exclusive ? product : next
      product = next
    }
  })
  return record('cumprod', [x], y, [x], (dy, [x]) => [productsGrad(dy, x!, order)])
}

/** dx[j] = (the product before j) · Σ dy[i] · (the product of the others up to i), from the end to the start. */
function productsGrad(dy: Tensor, x: Tensor, order: Order): Tensor {
  const dx = allocate('cumprod', x.shape)
  const [from, weights, to] = [x.view(), dy.view(), dx.view()]
  eachLine(x, order, (at, length) => {
    const tails = new Float64Array(length)
    for (let j = length - 1, tail = 0; j >= 0; j--) {
      // Of exclusive products the j-th element is in those after it alone.
      const own = weights[at(order.exclusive ? Math.min(j + 1, length - 1) : j)]!
      const beyond = j + 1 < length ? from[at(j + 1)]! * tail : 0
      tail = order.exclusive && j + 1 === length ? 0 : own + beyond
      tails[j] = tail
    }
    let before = 1
    for (let j = 0; j < length; j++) {
      to[at(j)] = before * tails[j]!
      before *= from[at(j)]!
    }
  })
  return record('cumprodGrad', [dy, x], dx)
}
