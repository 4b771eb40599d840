/** What every op does with its arguments before its kernel runs. */

import { record } from '../autograd.ts'
import { runtime } from '../runtime/runtime.ts'
import { allocate, type DataType, type Tensor, type TensorLike, toTensor } from '../tensor.ts'

/** The tensor in another dtype; itself where it has it already. float32 to int32 truncates; to bool, NaN is true. */
export function cast(x: TensorLike, dtype: DataType): Tensor {
  const who = 'cast'
  const $x = toTensor(who, 'x', x)
  if ($x.dtype === dtype) return $x
  const { owner, at } = $x.storage(who)
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

/**
 * The one place where a tensor becomes floats: kernels read bits, so whatever goes to one of floats passes here. Gives x
 * itself where it is float32 already, else a converted tensor, which is left to the caller's `tidy`.
 */
export function toFloat(who: string, x: Tensor): Tensor {
  x.storage(who)
  return x.dtype === 'float32' ? x : cast(x, 'float32')
}

/** The address of a tensor, or the null pointer that tells a kernel that there is none. */
export function atOrNull(who: string, tensor: Tensor | null | undefined): number {
  return tensor === null || tensor === undefined ? 0 : tensor.at(who)
}

export { allocate, record, runtime }
