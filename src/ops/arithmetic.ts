/**
 * Arithmetic on two tensors, with broadcasting. Each op is a row of the table: its kernel, the same on integers, what
 * its gradient needs and the gradient by either operand. Gradients are ops again, so they can be differentiated.
 * dtypes: two int32 (or bool, as 0 and 1) give int32; everything else is computed in float32.
 */

import { ArgumentError, ShapeError, showShape } from '../errors.ts'
import { broadcastShape, sameShape } from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { type BroadcastKernel, broadcastIntegers, runBroadcast } from './broadcast.ts'
import { greater, greaterEqual, less, lessEqual } from './compare.ts'
import { allocate, cast, record, runtime } from './op.ts'
import { withList, withPair } from './operands.ts'
import { sumToShape } from './sum.ts'

/** The gradient by an operand, before it is summed to the operand's shape. */
type Partial = (dy: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor

export interface Arithmetic {
  readonly kernel: BroadcastKernel
  readonly integers: (m: number, n: number) => number
  /** What the gradients look at: nothing but dy, a and b, or y too. */
  readonly saves: 'nothing' | 'operands' | 'all'
  readonly da: Partial
  readonly db: Partial
}

/** dy where `condition` holds, 0 elsewhere. */
const masked = (dy: Tensor, condition: Tensor): Tensor => mul(dy, cast(condition, 'float32'))

const ARITHMETIC = {
  add: {
    kernel: 'binaryAdd',
    integers: (m, n) => m + n,
    saves: 'nothing',
    da: (dy) => dy,
    db: (dy) => dy,
  },
  sub: {
    kernel: 'binarySub',
    integers: (m, n) => m - n,
    saves: 'nothing',
    da: (dy) => dy,
    db: (dy) => mul(dy, -1),
  },
  mul: {
    kernel: 'binaryMul',
    integers: (m, n) => Math.imul(m, n),
    saves: 'operands',
    da: (dy, _, b) => mul(dy, b),
    db: (dy, a) => mul(dy, a),
  },
  div: {
    kernel: 'binaryDiv',
    integers: (m, n) => Math.floor(m / n),
    saves: 'operands',
    da: (dy, _, b) => div(dy, b),
    db: (dy, a, b) => mul(div(mul(dy, a), mul(b, b)), -1),
  },
  maximum: {
    kernel: 'binaryMaximum',
    integers: (m, n) => Math.max(m, n),
    saves: 'operands',
    da: (dy, a, b) => masked(dy, greaterEqual(a, b)),
    db: (dy, a, b) => masked(dy, less(a, b)),
  },
  minimum: {
    kernel: 'binaryMinimum',
    integers: (m, n) => Math.min(m, n),
    saves: 'operands',
    da: (dy, a, b) => masked(dy, lessEqual(a, b)),
    db: (dy, a, b) => masked(dy, greater(a, b)),
  },
  squaredDifference: {
    kernel: 'binarySquaredDifference',
    integers: (m, n) => Math.imul(m - n, m - n),
    saves: 'operands',
    da: (dy, a, b) => mul(dy, mul(sub(a, b), 2)),
    db: (dy, a, b) => mul(dy, mul(sub(b, a), 2)),
  },
} as const satisfies Record<string, Arithmetic>

/** The op of that name on two operands. */
export function arithmetic(
  name: string,
  { kernel, integers, saves, da, db }: Arithmetic,
  a: TensorLike,
  b: TensorLike,
): Tensor {
  return withPair(name, a, b, ($a, $b) => {
    const shape = sameShape($a.shape, $b.shape) ? $a.shape : broadcastShape(name, $a.shape, $b.shape)
    const y = allocate(name, shape, $a.dtype)
    if ($a.dtype === 'int32') {
      broadcastIntegers(integers, $a, $b, y)
      return y
    }
    runBroadcast(name, kernel, $a, $b, y)
    const [aShape, bShape] = [$a.shape, $b.shape]
    const saved = saves === 'nothing' ? [] : saves === 'operands' ? [$a, $b] : [$a, $b, y]
    return record(name, [$a, $b], y, saved, (dy, [a, b, y], [wantsA, wantsB]) => [
      wantsA ? sumToShape(da(dy, a!, b!, y!), aShape) : null,
      wantsB ? sumToShape(db(dy, a!, b!, y!), bShape) : null,
    ])
  })
}

/**
 * a + b. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @throws ShapeError where the shapes do not broadcast
 * @example
 * add([[1], [2]], [10, 20]).print() // [[11, 21], [12, 22]]
 */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic('add', ARITHMETIC.add, a, b)
}

/**
 * a − b. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @throws ShapeError where the shapes do not broadcast
 * @example
 * sub([5, 6], 1).print() // [4, 5]
 */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic('sub', ARITHMETIC.sub, a, b)
}

/**
 * a · b, element by element. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @throws ShapeError where the shapes do not broadcast
 * @example
 * mul([[1, 2], [3, 4]], [10, 100]).print() // [[10, 200], [30, 400]]
 */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic('mul', ARITHMETIC.mul, a, b)
}

/**
 * a / b, element by element. Shapes broadcast. Of two int32 tensors it is the floor, and 0 where b is 0.
 * @param a a tensor, or values for one
 * @param b likewise
 * @throws ShapeError where the shapes do not broadcast
 * @example
 * div([1, 2, 3], 2).print() // [0.5, 1, 1.5]
 */
export function div(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic('div', ARITHMETIC.div, a, b)
}

/**
 * The larger of a and b; NaN if either is. Shapes broadcast. Where they are equal, the gradient goes to a.
 * @param a a tensor, or values for one
 * @param b likewise
 * @throws ShapeError where the shapes do not broadcast
 * @example
 * maximum([-1, 0, 3], 1).print() // [1, 1, 3]
 */
export function maximum(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic('maximum', ARITHMETIC.maximum, a, b)
}

/**
 * The smaller of a and b; NaN if either is. Shapes broadcast. Where they are equal, the gradient goes to a.
 * @param a a tensor, or values for one
 * @param b likewise
 * @throws ShapeError where the shapes do not broadcast
 * @example
 * minimum([-1, 0, 3], 1).print() // [-1, 0, 1]
 */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic('minimum', ARITHMETIC.minimum, a, b)
}

/**
 * (a − b)². Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @throws ShapeError where the shapes do not broadcast
 * @example
 * squaredDifference([1, 2, 3], [1, 4, 0]).print() // [0, 4, 9]
 */
export function squaredDifference(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic('squaredDifference', ARITHMETIC.squaredDifference, a, b)
}

/**
 * The sum of tensors of one shape.
 * @param tensors tensors of one shape and dtype, float32 or int32, or values for them
 * @throws ShapeError where the shapes differ
 * @example
 * addN([[1, 2], [10, 20], [100, 200]]).print() // [111, 222]
 */
export function addN(tensors: readonly TensorLike[]): Tensor {
  const who = 'addN'
  return withList(who, 'tensors', tensors, ([first, ...rest]) => {
    const { shape, dtype } = first!
    for (const tensor of rest) {
      if (sameShape(tensor.shape, shape)) continue
      throw new ShapeError({ who, expected: `tensors of shape ${showShape(shape)}`, received: showShape(tensor.shape) })
    }
    if (dtype === 'bool') throw new ArgumentError({ who, expected: 'float32 or int32 tensors', received: 'bool' })
    const y = allocate(who, shape, dtype)
    y.view().set(first!.view(who))
    for (const tensor of rest) {
      if (dtype === 'int32') broadcastIntegers((m, n) => m + n, y, tensor, y)
      else runtime(who).run('addInto', y.size, tensor.at(who), y.at(who))
    }
    return record(who, [first!, ...rest], y, [], (dy) => [dy, ...rest.map(() => dy)])
  })
}
