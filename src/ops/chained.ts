/** How an op becomes a method of tensors. */

import type { ChainedOps } from '../chained-ops.ts'
import { Tensor } from '../tensor.ts'

/** The op behind a method: it takes the tensor first. */
export type OpOf<Name extends keyof ChainedOps> = (
  x: Tensor,
  ...args: Parameters<ChainedOps[Name]>
) => ReturnType<ChainedOps[Name]>

export function defineMethod(name: string, method: unknown): void {
  Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true })
}

/**
 * Makes an op a method of tensors, and returns it. Where it is called as a module is loaded, with a mark that it is pure,
 * the method is there wherever the op is.
 */
export function chained<Name extends keyof ChainedOps, Op extends OpOf<Name>>(name: Name, op: Op): Op {
  defineMethod(name, function (this: Tensor, ...args: Parameters<ChainedOps[Name]>): unknown {
    return op(this, ...args)
  })
  return op
}
