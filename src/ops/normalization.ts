/** Normalization by given statistics, and by what neighbouring channels have. */

import { checkInteger, checkNumber, ShapeError, showShape } from '../errors.ts'
import { broadcastShape, checkRank, sameShape } from '../shape.ts'
import { fromValues, type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { add, mul, sub } from './arithmetic.ts'
import { batchNormInference } from './batch-norm.ts'
import { chained } from './chained.ts'
import { asImages } from './images.ts'
import { reshape } from './layout.ts'
import { matMul } from './matmul.ts'
import { withFloat } from './operands.ts'
import { pow } from './pow.ts'
import { rsqrt, square } from './unary.ts'

/**
 * (x − mean) / √(variance + varianceEpsilon) · scale + offset.
 * @param x a tensor, or values for one
 * @param mean [C], or a shape that broadcasts to that of x; so are variance, offset and scale
 * @param variance as mean
 * @param offset default 0
 * @param scale default 1
 * @param varianceEpsilon default 0.001
 * @example
 * batchNorm([[1, 2], [3, 4]], [2, 3], [1, 1]).print() // [[-0.9995004, -0.9995004], [0.9995004, 0.9995004]]
 */
export const batchNorm = /* @__PURE__ */ chained(
  'batchNorm',
  (
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    offset?: TensorLike | null,
    scale?: TensorLike | null,
    varianceEpsilon?: number,
  ): Tensor => normalized('batchNorm', x, mean, variance, offset, scale, varianceEpsilon),
)

function normalized(
  who: string,
  x: TensorLike,
  mean: TensorLike,
  variance: TensorLike,
  offset: TensorLike | null | undefined,
  scale: TensorLike | null | undefined,
  varianceEpsilon: number | undefined,
): Tensor {
  const epsilon = varianceEpsilon ?? 0.001
  checkNumber(who, 'varianceEpsilon', epsilon, { min: 0 })
  const optional = (
    name: string,
    value: TensorLike | null | undefined,
    op: (tensor: Tensor | undefined) => Tensor,
  ): Tensor => (value === undefined || value === null ? op(undefined) : withFloat(who, name, value, op))
  return withFloat(who, 'x', x, ($x) =>
    withFloat(who, 'mean', mean, ($mean) =>
      withFloat(who, 'variance', variance, ($variance) =>
        optional('offset', offset, ($offset) =>
          optional('scale', scale, ($scale) => {
            const vectors = { mean: $mean, variance: $variance, offset: $offset, scale: $scale }
            for (const [name, vector] of Object.entries(vectors)) {
              if (vector === undefined || sameShape(broadcastShape(who, $x.shape, vector.shape), $x.shape)) continue
              const expected = `${name} of a shape that broadcasts to ${showShape($x.shape)}`
              throw new ShapeError({ who, expected, received: showShape(vector.shape) })
            }
            const isByChannel = (vector: Tensor | undefined): boolean =>
              vector === undefined || (vector.rank === 1 && vector.size === $x.shape[$x.rank - 1])
            if ($x.rank > 0 && Object.values(vectors).every(isByChannel)) {
              return batchNormInference(who, $x, $mean, $variance, $scale, $offset, { epsilon })
            }
            return tidy(() => {
              const factor = rsqrt(add($variance, epsilon))
              const y = mul(sub($x, $mean), $scale === undefined ? factor : mul(factor, $scale))
              return $offset === undefined ? y : add(y, $offset)
            })
          }),
        ),
      ),
    ),
  )
}

type BatchNorm = (
  x: TensorLike,
  mean: TensorLike,
  variance: TensorLike,
  offset?: TensorLike | null,
  scale?: TensorLike | null,
  varianceEpsilon?: number,
) => Tensor

function ofRank(rank: number): BatchNorm {
  const who = `batchNorm${rank}d`
  return (x, mean, variance, offset, scale, varianceEpsilon) =>
    withFloat(who, 'x', x, ($x) => {
      checkRank(who, 'x', $x.shape, rank)
      return normalized(who, $x, mean, variance, offset, scale, varianceEpsilon)
    })
}

/**
 * `batchNorm` of a tensor of rank 2.
 * @param x [B, C]
 * @param mean [C]
 * @param variance [C]
 * @param offset [C]; default 0
 * @param scale [C]; default 1
 * @param varianceEpsilon default 0.001
 * @example
 * batchNorm2d([[1, 2], [3, 4]], [2, 3], [1, 1], [10, 20]).print() // [[9.0005, 19.0005], [10.9995, 20.9995]]
 */
export const batchNorm2d: BatchNorm = /* @__PURE__ */ ofRank(2)

/**
 * `batchNorm` of a tensor of rank 3.
 * @param x [B, W, C]
 * @param mean [C]
 * @param variance [C]
 * @param offset [C]; default 0
 * @param scale [C]; default 1
 * @param varianceEpsilon default 0.001
 * @example
 * console.log(batchNorm3d(zeros([1, 5, 2]), [0, 0], [1, 1]).shape) // [ 1, 5, 2 ]
 */
export const batchNorm3d: BatchNorm = /* @__PURE__ */ ofRank(3)

/**
 * `batchNorm` of a tensor of rank 4.
 * @param x [B, H, W, C]
 * @param mean [C]
 * @param variance [C]
 * @param offset [C]; default 0
 * @param scale [C]; default 1
 * @param varianceEpsilon default 0.001
 * @example
 * console.log(batchNorm4d(zeros([1, 5, 5, 2]), [0, 0], [1, 1]).shape) // [ 1, 5, 5, 2 ]
 */
export const batchNorm4d: BatchNorm = /* @__PURE__ */ ofRank(4)

/**
 * Each element divided by (bias + alpha · Σ x²) to the power beta, the sum over the channels at most `depthRadius` away:
 * Krizhevsky et al. 2012.
 * @param x [B, H, W, C], or one image [H, W, C]
 * @param depthRadius default 5
 * @param bias default 1
 * @param alpha default 1
 * @param beta default 0.5
 * @example
 * localResponseNormalization(tensor([1, 2, 3], [1, 1, 1, 3]), 1).print()
 * // [[[[0.4082483, 0.5163978, 0.8017837]]]]
 */
export const localResponseNormalization = /* @__PURE__ */ chained(
  'localResponseNormalization',
  (x: TensorLike, depthRadius?: number, bias?: number, alpha?: number, beta?: number): Tensor => {
    const who = 'localResponseNormalization'
    depthRadius ??= 5
    checkInteger(who, 'depthRadius', depthRadius)
    for (const [name, value] of Object.entries({ bias, alpha, beta })) checkNumber(who, name, value ?? 1)
    return asImages(who, x, (images) => {
      checkRank(who, 'x', images.shape, 4, 'images are [batch, height, width, channels]')
      const C = images.shape[3]!
      return tidy(() => {
        const near = Float32Array.from({ length: C * C }, (_, i) =>
          Math.abs(Math.floor(i / C) - (i % C)) <= depthRadius ? 1 : 0,
        )
        const rows = reshape(square(images), [images.size / Math.max(1, C), C])
        const sums = reshape(matMul(rows, fromValues(who, near, [C, C])), images.shape)
        return mul(images, pow(add(mul(sums, alpha ?? 1), bias ?? 1), -(beta ?? 0.5)))
      })
    })
  },
)
