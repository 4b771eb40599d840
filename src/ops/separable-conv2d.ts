/** Convolutions that are others in another shape: in one dimension, and apart for space and channels. */

import { checkInteger, checkOneOf, ShapeError, showShape } from '../errors.ts'
import { checkRank, type Padding, type Pair, type RoundingMode } from '../shape.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { chained } from './chained.ts'
import { conv2d } from './conv2d.ts'
import { depthwiseConv2d } from './depthwise-conv2d.ts'
import { reshape } from './layout.ts'
import { withFloat } from './operands.ts'

/**
 * A depthwise convolution and then a pointwise one: far fewer multiplications than both at once.
 * @param x [B, H, W, C], or one image [H, W, C]
 * @param depthwiseFilter [R, S, C, M]
 * @param pointwiseFilter [1, 1, C · M, F]
 * @param strides a number or [height, width]
 * @param pad 'valid', 'same', a number or the sides of each axis
 * @param dilation default 1
 * @param dataFormat 'NHWC', the default and the one there is
 * @returns [B, P, Q, F]
 * @throws ShapeError where the filters do not fit
 * @example
 * const x = zeros([1, 8, 8, 3])
 * console.log(separableConv2d(x, zeros([3, 3, 3, 1]), zeros([1, 1, 3, 16]), 1, 'same').shape) // [ 1, 8, 8, 16 ]
 */
export const separableConv2d = /* @__PURE__ */ chained(
  'separableConv2d',
  (
    x: TensorLike,
    depthwiseFilter: TensorLike,
    pointwiseFilter: TensorLike,
    strides: Pair,
    pad: Padding,
    dilation?: Pair,
    dataFormat?: 'NHWC',
  ): Tensor => {
    const who = 'separableConv2d'
    return withFloat(who, 'depthwiseFilter', depthwiseFilter, ($depthwise) =>
      withFloat(who, 'pointwiseFilter', pointwiseFilter, ($pointwise) => {
        checkRank(who, 'depthwiseFilter', $depthwise.shape, 4)
        checkRank(who, 'pointwiseFilter', $pointwise.shape, 4)
        const between = $depthwise.shape[2]! * $depthwise.shape[3]!
        const [R, S, C] = $pointwise.shape
        if (R !== 1 || S !== 1 || C !== between) {
          const expected = `pointwiseFilter of shape [1, 1, ${between}, *]`
          throw new ShapeError({ who, expected, received: showShape($pointwise.shape) })
        }
        return tidy(() =>
          conv2d(depthwiseConv2d(x, $depthwise, strides, pad, dataFormat, dilation), $pointwise, 1, 'valid'),
        )
      }),
    )
  },
)

/**
 * Convolution along one axis.
 * @param x [B, W, C], or one signal [W, C]
 * @param filter [S, C, F]
 * @param stride of the filter
 * @param pad 'valid', 'same' or a number for both ends
 * @param dataFormat 'NWC', the default and the one there is
 * @param dilation default 1
 * @param dimRoundingMode for a pad in numbers: whether a last window that does not fit is left out ('floor', the
 *   default)
 * @returns [B, Q, F]
 * @throws ShapeError where the channels do not fit, or the filter exceeds the padded signal
 * @example
 * conv1d([[1], [2], [3], [4]], [[[1]], [[1]]], 1, 'valid').print() // [[3], [5], [7]]
 */
export const conv1d = /* @__PURE__ */ chained(
  'conv1d',
  (
    x: TensorLike,
    filter: TensorLike,
    stride: number,
    pad: Padding,
    dataFormat?: 'NWC',
    dilation?: number,
    dimRoundingMode?: RoundingMode,
  ): Tensor => {
    const who = 'conv1d'
    checkOneOf(who, 'dataFormat', dataFormat ?? 'NWC', ['NWC'])
    checkInteger(who, 'stride', stride, 1)
    checkInteger(who, 'dilation', dilation ?? 1, 1)
    return withFloat(who, 'x', x, ($x) =>
      withFloat(who, 'filter', filter, ($filter) => {
        if ($x.rank !== 2 && $x.rank !== 3) {
          throw new ShapeError({
            who,
            expected: 'x of rank 2 or 3',
            received: showShape($x.shape),
            hint: 'signals are [batch, width, channels]',
          })
        }
        checkRank(who, 'filter', $filter.shape, 3, 'a filter is [width, channels, filters]')
        if (pad !== 'valid' && pad !== 'same' && !Array.isArray(pad)) checkInteger(who, "pad (or 'valid', 'same')", pad)
        // The signal is an image of one row, which is not padded.
        const sides: Padding =
          typeof pad === 'number'
            ? [
                [0, 0],
                [0, 0],
                [pad, pad],
                [0, 0],
              ]
            : pad
        return tidy(() => {
          const [W, C] = $x.shape.slice(-2) as [number, number]
          const images = reshape($x, [$x.rank === 3 ? $x.shape[0]! : 1, 1, W, C])
          const y = conv2d(
            images,
            reshape($filter, [1, ...$filter.shape]),
            [1, stride],
            sides,
            'NHWC',
            [1, dilation ?? 1],
            dimRoundingMode,
          )
          return reshape(y, $x.rank === 3 ? [y.shape[0]!, y.shape[2]!, y.shape[3]!] : [y.shape[2]!, y.shape[3]!])
        })
      }),
    )
  },
)
