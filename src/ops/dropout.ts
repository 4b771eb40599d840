/**
 * Dropout (Srivastava et al. 2014), inverted: what stays is scaled up, so that inference needs no change. The mask is a
 * function of seed, stream and position, so the backward pass computes it anew where another library would store it.
 */

import { checkInteger, checkNumber } from '../errors.ts'
import { broadcastShape, checkShape, type Shape, sameShape } from '../shape.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { mul } from './arithmetic.ts'
import { ones } from './create.ts'
import { allocate, record } from './op.ts'
import { withFloat, withFloats } from './operands.ts'
import { nextStream, type RandomStream, seededStream } from './random.ts'

/**
 * Sets each element to 0 with probability `rate` and divides the others by 1 − rate.
 * @param x a tensor, or values for one
 * @param rate from 0 to below 1
 * @param noiseShape the shape of the mask, which is broadcast over x; default x's own
 * @param seed fixes the mask; default: the next stream of `setSeed`'s seed
 * @throws ArgumentError where rate is not from 0 to below 1
 * @example
 * dropout(ones([1000]), 0.5, undefined, 7).max().print() // 2
 */
export function dropout(x: TensorLike, rate: number, noiseShape?: Shape, seed?: number): Tensor {
  const who = 'dropout'
  const isSeeded = seed !== undefined && seed !== null
  if (isSeeded) checkInteger(who, 'seed', seed)
  const stream = !isSeeded ? nextStream(who) : seededStream(seed)
  return withFloat(who, 'x', x, ($x) => {
    if (noiseShape !== undefined && noiseShape !== null) checkShape(who, noiseShape)
    if (noiseShape === undefined || noiseShape === null || sameShape(noiseShape, $x.shape))
      return dropoutStream(who, $x, rate, stream)
    broadcastShape(who, $x.shape, noiseShape)
    return tidy(() => mul($x, dropoutStream(who, ones(noiseShape), rate, stream)))
  })
}

/** Dropout whose mask comes from a given stream of random numbers. */
export function dropoutStream(who: string, x: Tensor, rate: number, stream: RandomStream): Tensor {
  checkNumber(who, 'rate', rate, { min: 0, below: 1 })
  return withFloats(who, [x], ([x]) => dropped(who, x!, rate, stream))
}

function dropped(who: string, x: Tensor, rate: number, stream: RandomStream): Tensor {
  const y = allocate(who, x.shape)
  const { seedLo, seedHi, streamLo, streamHi } = stream
  // The kernel compares 32 random bits with it, both unsigned.
  const threshold = Math.min(Math.round(rate * 2 ** 32), 2 ** 32 - 1) | 0
  const scale = 1 / (1 - rate)
  const axis = { extent: x.size, work: 1, grain: 64 }
  y.storage(who).owner.run('dropout', axis, x.at(who), y.at(who), seedLo, seedHi, streamLo, streamHi, threshold, scale)
  return record(who, [x], y, [], (dy) => [dropped(who, dy, rate, stream)])
}
