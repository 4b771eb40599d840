/** Blocks of pixels moved into channels or into the batch, and back. Nothing is computed. */

import { ArgumentError, checkInteger, checkOneOf, ShapeError, show, showShape } from '../errors.ts'
import { checkRank } from '../shape.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { chained } from './chained.ts'
import { reshape, transpose } from './layout.ts'
import { withTensor } from './operands.ts'
import { pad, slice } from './slices.ts'

/**
 * Channels as blocks of pixels: [B, H, W, C] -> [B, H · blockSize, W · blockSize, C / blockSize²], as a network enlarges
 * pictures (Shi et al. 2016).
 * @param x [B, H, W, C]
 * @param blockSize how many times larger, at least 2
 * @param dataFormat 'NHWC', the default and the one there is
 * @throws ArgumentError where blockSize² does not divide C
 * @example
 * depthToSpace([[[[1, 2, 3, 4]]]], 2).print() // [[[[1], [2]], [[3], [4]]]]
 */
export const depthToSpace = /* @__PURE__ */ chained(
  'depthToSpace',
  (x: TensorLike, blockSize: number, dataFormat?: 'NHWC'): Tensor => {
    const who = 'depthToSpace'
    checkInteger(who, 'blockSize', blockSize, 1, 2 ** 15)
    checkOneOf(who, 'dataFormat', dataFormat ?? 'NHWC', ['NHWC'])
    return withTensor(who, 'x', x, ($x) => {
      checkRank(who, 'x', $x.shape, 4, 'images are [batch, height, width, channels]')
      const [B, H, W, C] = $x.shape as readonly [number, number, number, number]
      const left = C / blockSize ** 2
      if (!Number.isInteger(left)) {
        throw new ShapeError({
          who,
          expected: `a multiple of ${blockSize ** 2} channels`,
          received: showShape($x.shape),
        })
      }
      return tidy(() => {
        const blocks = transpose(reshape($x, [B, H, W, blockSize, blockSize, left]), [0, 1, 3, 2, 4, 5])
        return reshape(blocks, [B, H * blockSize, W * blockSize, left])
      })
    })
  },
)

/** Pairs of numbers for the axes of a block. */
type Pairs = readonly (readonly [number, number])[] | readonly (readonly number[])[]

function checkBlock(who: string, x: Tensor, blockShape: unknown, pairs: unknown, name: string): void {
  const isBlock =
    Array.isArray(blockShape) && blockShape.every((n) => Number.isInteger(n) && n >= 1) && blockShape.length < x.rank
  if (!isBlock) {
    const expected = `blockShape to be integers of at least 1 for axes of ${showShape(x.shape)}`
    throw new ArgumentError({ who, expected, received: show(blockShape) })
  }
  const isPair = (pair: unknown): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0)
  if (Array.isArray(pairs) && pairs.length === blockShape.length && pairs.every(isPair)) return
  throw new ArgumentError({
    who,
    expected: `${name} to be a pair for each of the ${blockShape.length} axes`,
    received: show(pairs),
  })
}

/**
 * Blocks of the axes after the first moved into it: [B, H, W, …] -> [B · h · w, H / h, W / w, …], after zeros were put
 * around: paddings[i] = [before, after] of the i-th axis of the block.
 * @param x [B, H, W, …]
 * @param blockShape the sizes of a block
 * @param paddings [before, after] for each axis of the block
 * @example
 * console.log(spaceToBatchND(zeros([1, 4, 4, 1]), [2, 2], [[0, 0], [0, 0]]).shape) // [ 4, 2, 2, 1 ]
 */
export const spaceToBatchND = /* @__PURE__ */ chained(
  'spaceToBatchND',
  (x: TensorLike, blockShape: readonly number[], paddings: Pairs): Tensor => {
    const who = 'spaceToBatchND'
    return withTensor(who, 'x', x, ($x) => {
      checkBlock(who, $x, blockShape, paddings, 'paddings')
      const M = blockShape.length
      const sides = $x.shape.map((_, axis): [number, number] =>
        axis > 0 && axis <= M ? ([...paddings[axis - 1]!] as [number, number]) : [0, 0],
      )
      return tidy(() => {
        const padded = pad($x, sides)
        const inner = padded.shape.slice(1, M + 1).map((size, i) => size / blockShape[i]!)
        if (!inner.every((size) => Number.isInteger(size))) {
          const expected = `padded sizes that are multiples of the block ${show(blockShape)}`
          throw new ShapeError({ who, expected, received: showShape(padded.shape) })
        }
        const [B, rest] = [padded.shape[0]!, padded.shape.slice(M + 1)]
        const apart = reshape(padded, [B, ...inner.flatMap((size, i) => [size, blockShape[i]!]), ...rest])
        const order = [
          ...blockShape.map((_, i) => 2 * i + 2),
          0,
          ...blockShape.map((_, i) => 2 * i + 1),
          ...rest.map((_, i) => 2 * M + 1 + i),
        ]
        const blocks = blockShape.reduce((product, size) => product * size, 1)
        return reshape(transpose(apart, order), [B * blocks, ...inner, ...rest])
      })
    })
  },
)

/**
 * The inverse of `spaceToBatchND`: crops[i] = [before, after] is then cut off the i-th axis of the block.
 * @param x [B · h · w, H / h, W / w, …]
 * @param blockShape the sizes of a block
 * @param crops [before, after] for each axis of the block
 * @example
 * console.log(batchToSpaceND(zeros([4, 2, 2, 1]), [2, 2], [[0, 0], [0, 0]]).shape) // [ 1, 4, 4, 1 ]
 */
export const batchToSpaceND = /* @__PURE__ */ chained(
  'batchToSpaceND',
  (x: TensorLike, blockShape: readonly number[], crops: Pairs): Tensor => {
    const who = 'batchToSpaceND'
    return withTensor(who, 'x', x, ($x) => {
      checkBlock(who, $x, blockShape, crops, 'crops')
      const M = blockShape.length
      const blocks = blockShape.reduce((product, size) => product * size, 1)
      const B = $x.shape[0]! / blocks
      if (!Number.isInteger(B)) {
        throw new ShapeError({
          who,
          expected: `a batch that is a multiple of ${blocks}`,
          received: showShape($x.shape),
        })
      }
      const [inner, rest] = [$x.shape.slice(1, M + 1), $x.shape.slice(M + 1)]
      const whole = inner.map((size, i) => size * blockShape[i]!)
      const sizes = whole.map((size, i) => size - crops[i]![0]! - crops[i]![1]!)
      if (sizes.some((size) => size < 0)) {
        throw new ArgumentError({ who, expected: `crops within ${showShape(whole)}`, received: show(crops) })
      }
      return tidy(() => {
        const apart = reshape($x, [...blockShape, B, ...inner, ...rest])
        const order = [M, ...inner.flatMap((_, i) => [M + 1 + i, i]), ...rest.map((_, i) => 2 * M + 1 + i)]
        const joined = reshape(transpose(apart, order), [B, ...whole, ...rest])
        const begin = [0, ...crops.map(([before]) => before!), ...rest.map(() => 0)]
        return slice(joined, begin, [B, ...sizes, ...rest])
      })
    })
  },
)
