/**
 * Arguments of ops as tensors. A number or an array that stands for a tensor, and a tensor of another dtype, is
 * converted for the length of the op; what was made for it is disposed then, so `x.mul(2)` leaves nothing behind.
 */

import { ArgumentError, show } from '../errors.ts'
import { allocate, type DataType, Tensor, type TensorLike, tidy, toTensor } from '../tensor.ts'
import { cast, toFloat } from './op.ts'

/** Runs `op` on `value` as a tensor of its own dtype. */
export function withTensor<T>(who: string, argument: string, value: TensorLike, op: (tensor: Tensor) => T): T {
  if (value instanceof Tensor) return op(value)
  const tensor = typeof value === 'number' ? numberTensor(who, value) : toTensor(who, argument, value)
  try {
    return op(tensor)
  } finally {
    tensor.dispose()
  }
}

/** The common case, x.mul(2), without the search for nested arrays. */
function numberTensor(who: string, value: number): Tensor {
  const tensor = allocate(who, [])
  tensor.view(who)[0] = value
  return tensor
}

/** Runs `op` on `value` as a tensor of the given dtype. */
export function withType<T>(
  who: string,
  argument: string,
  value: TensorLike,
  dtype: DataType,
  op: (tensor: Tensor) => T,
): T {
  if (value instanceof Tensor && value.dtype === dtype) return op(value)
  return withTensor(who, argument, value, (given) => {
    if (given.dtype === dtype) return op(given)
    const tensor = cast(given, dtype)
    try {
      return op(tensor)
    } finally {
      tensor.dispose()
    }
  })
}

/** Runs `op` on `value` as a float32 tensor. */
export function withFloat<T>(who: string, argument: string, value: TensorLike, op: (tensor: Tensor) => T): T {
  return withTensor(who, argument, value, (given) => {
    const tensor = toFloat(who, given)
    try {
      return op(tensor)
    } finally {
      if (tensor !== given) tensor.dispose()
    }
  })
}

/** Runs `op` on tensors as float32; one that is not there stays away. */
export function withFloats<T>(
  who: string,
  tensors: readonly (Tensor | undefined)[],
  op: (tensors: readonly (Tensor | undefined)[]) => T,
): T {
  if (tensors.every((tensor) => tensor === undefined || tensor.dtype === 'float32')) return op(tensors)
  const converted = tensors.map((tensor) => tensor && toFloat(who, tensor))
  try {
    return op(converted)
  } finally {
    converted.forEach((tensor, i) => {
      if (tensor !== tensors[i]) tensor?.dispose()
    })
  }
}

/** Runs `op` on `value` as an int32 tensor: indices, labels. Fractions are refused. */
export function withIntegers<T>(who: string, argument: string, value: TensorLike, op: (tensor: Tensor) => T): T {
  return withTensor(who, argument, value, (given) => {
    const fraction = given.dtype === 'float32' ? given.view(who).find((v) => !Number.isInteger(v)) : undefined
    if (fraction === undefined) return withType(who, argument, given, 'int32', op)
    throw new ArgumentError({ who, expected: `${argument} to be integers`, received: String(fraction) })
  })
}

function isFloat(value: TensorLike): value is Tensor {
  return value instanceof Tensor && value.dtype === 'float32'
}

/**
 * Runs `op` on two operands of one dtype: int32 where neither is float32 (bool counts as 0 and 1), float32 otherwise.
 * Numbers are float32, as in TF.js.
 */
export function withPair<T>(who: string, a: TensorLike, b: TensorLike, op: (a: Tensor, b: Tensor) => T): T {
  if (isFloat(a) && isFloat(b)) return op(a, b)
  if (isFloat(a) && typeof b === 'number') return withTensor(who, 'b', b, ($b) => op(a, $b))
  if (isFloat(b) && typeof a === 'number') return withTensor(who, 'a', a, ($a) => op($a, b))
  return withTensor(who, 'a', a, ($a) =>
    withTensor(who, 'b', b, ($b) => {
      const dtype = $a.dtype === 'float32' || $b.dtype === 'float32' ? 'float32' : 'int32'
      return withType(who, 'a', $a, dtype, ($$a) => withType(who, 'b', $b, dtype, ($$b) => op($$a, $$b)))
    }),
  )
}

/** The dtype in which tensors meet: their own, int32 of integers and bools, float32 where one is. */
function commonType(tensors: readonly Tensor[]): DataType {
  const { dtype } = tensors[0]!
  if (tensors.every((tensor) => tensor.dtype === dtype)) return dtype
  return tensors.some((tensor) => tensor.dtype === 'float32') ? 'float32' : 'int32'
}

/** Runs `op` on a list of operands in the dtype in which they meet. */
export function withList<T>(
  who: string,
  argument: string,
  values: readonly TensorLike[],
  op: (tensors: readonly Tensor[]) => T,
): T {
  if (!Array.isArray(values) || values.length === 0) {
    const received = Array.isArray(values) ? 'none' : show(values)
    throw new ArgumentError({ who, expected: `${argument} to be a list of at least one tensor`, received })
  }
  const made: Tensor[] = []
  try {
    const tensors = Array.from(values, (value, i) => {
      const tensor = toTensor(who, `${argument}[${i}]`, value)
      if (tensor !== value) made.push(tensor)
      return tensor
    })
    const dtype = commonType(tensors)
    const alike = tensors.map((tensor) => {
      if (tensor.dtype === dtype) return tensor
      const converted = cast(tensor, dtype)
      made.push(converted)
      return converted
    })
    return op(alike)
  } finally {
    for (const tensor of made) tensor.dispose()
  }
}

/** An op made of other ops: what they leave between them is disposed. */
export function composed(who: string, value: TensorLike, op: (x: Tensor) => Tensor): Tensor {
  return withFloat(who, 'x', value, (x) => tidy(() => op(x)))
}

/** y = f(x) on int32 or bool, by a plain loop; y is int32. */
export function mapIntegers(who: string, f: (n: number) => number, x: Tensor): Tensor {
  const y = allocate(who, x.shape, 'int32')
  const [from, to] = [x.view(who), y.view(who)]
  for (let i = 0; i < to.length; i++) to[i] = f(from[i]!)
  return y
}
