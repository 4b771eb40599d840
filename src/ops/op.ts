/** What every op does with its arguments before its kernel runs. */

import { record } from '../autograd.ts'
import { ArgumentError } from '../errors.ts'
import { runtime } from '../runtime/runtime.ts'
import { allocate, type DataType, type Tensor, type TensorLike, toTensor } from '../tensor.ts'

/** The argument as a float32 tensor; int32 and bool are converted. */
export function floatTensor(who: string, argument: string, value: TensorLike): Tensor {
  return cast(toTensor(who, argument, value), 'float32')
}

/** The argument as an int32 tensor: for indices and labels. */
export function intTensor(who: string, argument: string, value: TensorLike): Tensor {
  const tensor = toTensor(who, argument, value)
  if (tensor.dtype === 'int32') return tensor
  const data = tensor.view(who)
  const bad = tensor.dtype === 'float32' ? data.find((v) => !Number.isInteger(v)) : undefined
  if (bad !== undefined) throw new ArgumentError({ who, expected: `${argument} to be integers`, received: String(bad) })
  return cast(tensor, 'int32')
}

/** The tensor in another dtype; itself where it has it already. float32 to int32 truncates; to bool, NaN is true. */
export function cast(x: TensorLike, dtype: DataType): Tensor {
  const who = 'cast'
  const $x = toTensor(who, 'x', x)
  if ($x.dtype === dtype) return $x
  const { owner, at } = $x.buffer(who)
  if ($x.dtype === 'bool' && dtype === 'int32') {
    const y = allocate(who, $x.shape, dtype)
    y.view().set($x.view())
    return y
  }
  const y = allocate(who, $x.shape, dtype)
  const kernel = castKernel($x.dtype, dtype)
  owner.run(kernel, $x.size, at, y.at(who))
  return record(who, [$x], y)
}

function castKernel(from: DataType, to: DataType): 'castI32ToF32' | 'castF32ToI32' | 'castToBool' | 'i32ToBool' {
  if (to === 'float32') return 'castI32ToF32'
  if (to === 'int32') return 'castF32ToI32'
  return from === 'float32' ? 'castToBool' : 'i32ToBool'
}

/** The address of a tensor, or the null pointer that tells a kernel that there is none. */
export function atOrNull(who: string, tensor: Tensor | null | undefined): number {
  return tensor === null || tensor === undefined ? 0 : tensor.at(who)
}

export { allocate, record, runtime }
