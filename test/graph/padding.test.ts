/** A convolution takes the padding in front of it along: the same numbers, and no copy with zeros around it. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { variableGrads } from '../../src/autograd.ts'
import { init, input, layers, model, profile, shutdown, type Tensor } from '../../src/exports.ts'
import type { Layer } from '../../src/layers/layer.ts'
import { tensor } from '../../src/ops/create.ts'
import { sum } from '../../src/ops/sum.ts'
import { square } from '../../src/ops/unary.ts'
import { tidy } from '../../src/tensor.ts'
import { expectClose } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const WINDOW = { kernelSize: 3, strides: 2 } as const

const FILTERS: readonly (readonly [string, () => Layer])[] = [
  ['conv2d', () => layers.conv2d({ filters: 6, ...WINDOW })],
  ['conv2d of stride 1', () => layers.conv2d({ filters: 8, kernelSize: 3, activation: 'tanh' })],
  ['depthwiseConv2d', () => layers.depthwiseConv2d({ depthMultiplier: 2, ...WINDOW })],
  ['separableConv2d', () => layers.separableConv2d({ filters: 5, ...WINDOW })],
  ['conv1d', () => layers.conv1d({ filters: 6, ...WINDOW })],
  ['depthwiseConv1d', () => layers.depthwiseConv1d({ ...WINDOW })],
]

/** Images, or sequences for the layers on those. */
function samples(make: () => Layer): Tensor {
  const sizes = make().className.includes('1D') ? [10, 8] : [9, 10, 8]
  const shape = [2, ...sizes]
  return tensor(
    uniform(
      shape.reduce((product, size) => product * size),
      3,
    ),
    shape,
  )
}

/** A padding, a convolution, and where `normalized` a batch normalization and an activation; and the same, seen at the padding. */
function networks(make: () => Layer, normalized: boolean) {
  const shape = samples(make).shape.slice(1)
  const begin = input({ shape })
  const sides = [
    [2, 1],
    [0, 3],
  ] as const
  const padding =
    shape.length === 2 ? layers.zeroPadding1d({ padding: sides[1] }) : layers.zeroPadding2d({ padding: sides })
  const padded = padding.apply(begin)
  let y = make().apply(padded)
  if (normalized) y = layers.reLU({ maxValue: 6 }).apply(layers.batchNormalization().apply(y))
  return {
    fused: model({ inputs: begin, outputs: y, seed: 4 }),
    // An output that is wanted is computed.
    apart: model({ inputs: begin, outputs: [padded, y], seed: 4 }),
  }
}

function outputOf(net: { apply(x: Tensor, args?: object): unknown }, x: Tensor, training: boolean): Tensor {
  const y = net.apply(x, { training })
  return (Array.isArray(y) ? y.at(-1) : y) as Tensor
}

describe.each(FILTERS)('%s', (_, make) => {
  it.each([false, true])('with what is behind it: %s', (normalized) => {
    const { fused, apart } = networks(make, normalized)
    const x = samples(make)
    for (const training of [false, true]) {
      const [one, other] = [fused, apart].map((net) =>
        tidy(() => {
          const { value, grads } = variableGrads(() => sum(square(outputOf(net, x, training))))
          return [value, ...Object.values(grads)].map((each) => each.dataSync())
        }),
      )
      expect(one).toHaveLength(other!.length)
      one!.forEach((values, i) => expectClose(values, other![i]!))
    }
  })

  it('computes no padded image', async () => {
    const { fused, apart } = networks(make, true)
    const x = samples(make)
    const kernelsOf = async (net: typeof fused): Promise<string[]> => {
      const { kernels } = await profile(() => outputOf(net, x, false).dispose())
      return kernels.map(({ kernel }) => kernel)
    }
    expect(await kernelsOf(apart)).toContain('fill')
    expect(await kernelsOf(fused)).not.toContain('fill')
  })
})

it('a convolution that pads itself leaves the padding alone', () => {
  const { fused, apart } = networks(() => layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same' }), false)
  const x = samples(() => layers.conv2d({ filters: 1, kernelSize: 1 }))
  expectClose(outputOf(fused, x, false).dataSync(), outputOf(apart, x, false).dataSync())
})
