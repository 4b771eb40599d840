/** Comparisons, logic and selection. Truth values are bool tensors, which no gradient passes. */

import { broadcastShape, sameShape } from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { type BroadcastKernel, broadcastIntegers, runBroadcast } from './broadcast.ts'
import { zerosLike } from './create.ts'
import { allocate, record, runtime } from './op.ts'
import { withPair, withTensor, withType } from './operands.ts'
import { expanded } from './strided.ts'
import { sumToShape } from './sum.ts'

interface Comparison {
  readonly kernel: Extract<BroadcastKernel, `compare${string}`>
  readonly integers: (m: number, n: number) => number
}

const COMPARISONS = {
  equal: { kernel: 'compareEqual', integers: (m, n) => Number(m === n) },
  notEqual: { kernel: 'compareNotEqual', integers: (m, n) => Number(m !== n) },
  less: { kernel: 'compareLess', integers: (m, n) => Number(m < n) },
  lessEqual: { kernel: 'compareLessEqual', integers: (m, n) => Number(m <= n) },
  greater: { kernel: 'compareGreater', integers: (m, n) => Number(m > n) },
  greaterEqual: { kernel: 'compareGreaterEqual', integers: (m, n) => Number(m >= n) },
} as const satisfies Record<string, Comparison>

function compare(name: keyof typeof COMPARISONS, a: TensorLike, b: TensorLike): Tensor {
  return withPair(name, a, b, ($a, $b) => {
    const { kernel, integers }: Comparison = COMPARISONS[name]
    const y = allocate(name, broadcastShape(name, $a.shape, $b.shape), 'bool')
    if ($a.dtype === 'float32') runBroadcast(name, kernel, $a, $b, y)
    else broadcastIntegers(integers, $a, $b, y)
    return y
  })
}

/**
 * a = b, as bool. NaN equals nothing. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @example
 * equal([1, 2, NaN], [1, 3, NaN]).print() // [true, false, false]
 */
export function equal(a: TensorLike, b: TensorLike): Tensor {
  return compare('equal', a, b)
}

/**
 * a ≠ b, as bool. NaN differs from everything. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @example
 * notEqual([1, 2], [1, 3]).print() // [false, true]
 */
export function notEqual(a: TensorLike, b: TensorLike): Tensor {
  return compare('notEqual', a, b)
}

/**
 * a < b, as bool. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @example
 * less([1, 2, 3], 2).print() // [true, false, false]
 */
export function less(a: TensorLike, b: TensorLike): Tensor {
  return compare('less', a, b)
}

/**
 * a ≤ b, as bool. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @example
 * lessEqual([1, 2, 3], 2).print() // [true, true, false]
 */
export function lessEqual(a: TensorLike, b: TensorLike): Tensor {
  return compare('lessEqual', a, b)
}

/**
 * a > b, as bool. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @example
 * greater([1, 2, 3], 2).print() // [false, false, true]
 */
export function greater(a: TensorLike, b: TensorLike): Tensor {
  return compare('greater', a, b)
}

/**
 * a ≥ b, as bool. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @example
 * greaterEqual([1, 2, 3], 2).print() // [false, true, true]
 */
export function greaterEqual(a: TensorLike, b: TensorLike): Tensor {
  return compare('greaterEqual', a, b)
}

function logical(name: 'logicalAnd' | 'logicalOr', a: TensorLike, b: TensorLike): Tensor {
  return withType(name, 'a', a, 'bool', ($a) =>
    withType(name, 'b', b, 'bool', ($b) => {
      const y = allocate(name, broadcastShape(name, $a.shape, $b.shape), 'bool')
      runBroadcast(name, name, $a, $b, y)
      return y
    }),
  )
}

/**
 * Whether both are true; what is not bool counts as true where it is not 0. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @example
 * logicalAnd([true, true], [true, false]).print() // [true, false]
 */
export function logicalAnd(a: TensorLike, b: TensorLike): Tensor {
  return logical('logicalAnd', a, b)
}

/**
 * Whether either is true; what is not bool counts as true where it is not 0. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @example
 * logicalOr([true, false], [false, false]).print() // [true, false]
 */
export function logicalOr(a: TensorLike, b: TensorLike): Tensor {
  return logical('logicalOr', a, b)
}

/**
 * Whether x is false; what is not bool counts as true where it is not 0.
 * @param x a tensor, or values for one
 * @example
 * logicalNot([true, false]).print() // [false, true]
 */
export function logicalNot(x: TensorLike): Tensor {
  const who = 'logicalNot'
  return withType(who, 'x', x, 'bool', ($x) => {
    const y = allocate(who, $x.shape, 'bool')
    runtime(who).run('logicalNot', y.size, $x.at(who), y.at(who))
    return y
  })
}

/**
 * The elements of a where `condition` is true, of b elsewhere. The three shapes broadcast.
 * @param condition bool: a tensor, or values for one
 * @param a what is taken where it is true
 * @param b what is taken elsewhere
 * @example
 * where([true, false], [1, 2], [10, 20]).print() // [1, 20]
 */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  const who = 'where'
  return withType(who, 'condition', condition, 'bool', ($c) =>
    withTensor(who, 'a', a, ($a) =>
      withTensor(who, 'b', b, ($b) => {
        if ($a.dtype === 'bool' && $b.dtype === 'bool') return chosen($c, $a, $b)
        return withPair(who, $a, $b, ($$a, $$b) => chosen($c, $$a, $$b))
      }),
    ),
  )
}

/** `where` of two tensors of one dtype. */
function chosen(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const who = 'where'
  const shape = broadcastShape(who, broadcastShape(who, condition.shape, a.shape), b.shape)
  const y = allocate(who, shape, a.dtype)
  select(who, condition, a, b, y)
  if (y.dtype !== 'float32') return y
  const [aShape, bShape] = [a.shape, b.shape]
  return record(who, [a, b], y, [condition], (dy, [condition], [wantsA, wantsB]) => {
    const zeros = zerosLike(dy)
    return [
      wantsA ? sumToShape(chosen(condition!, dy, zeros), aShape) : null,
      wantsB ? sumToShape(chosen(condition!, zeros, dy), bShape) : null,
    ]
  })
}

/** y = condition ? a : b. The kernel wants equal shapes, so what is smaller is written out. */
function select(who: string, condition: Tensor, a: Tensor, b: Tensor, y: Tensor): void {
  const made: Tensor[] = []
  const full = (tensor: Tensor): Tensor => {
    if (sameShape(tensor.shape, y.shape)) return tensor
    const copy = expanded(who, tensor, y.shape)
    made.push(copy)
    return copy
  }
  const [$c, $a, $b] = [full(condition), full(a), full(b)]
  runtime(who).run('select', y.size, $c.at(who), $a.at(who), $b.at(who), y.at(who))
  for (const tensor of made) tensor.dispose()
}
