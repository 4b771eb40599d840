/**
 * Why this digit and not that one: the gradient of the difference of their sums, before softmax, with respect to the
 * pixels. It is the mean over noisy copies of the picture, which takes out most of what is accidental: Smilkov et al.,
 * "SmoothGrad", 2017.
 */

import { grad, type LayersModel, matMul, randomNormal, Sequential, type Tensor, tensor, tidy } from 'quadlane'

export interface Explanation {
  /** One per class. */
  readonly probabilities: Float32Array
  /** For each pixel: how much more of it would speak for the one class and against the other. */
  readonly gradient: Float32Array
}

const COPIES = 16
const NOISE = 0.12

/** `pixels` are those of one input, from 0 to 1. */
export function explain(model: LayersModel, pixels: Float32Array, one: number, other: number): Explanation {
  return tidy(() => {
    const shape = model.inputShape.slice(1).map((size) => size ?? 1)
    const input = tensor(pixels, [1, ...shape])
    const copies = input.add(randomNormal([COPIES, ...shape], 0, NOISE, 'float32', 1))
    const lead = (x: Tensor): Tensor => {
      const sums = scores(model, x)
      const column = (i: number) => sums.slice([0, i], [COPIES, 1])
      return column(one).sub(column(other)).sum()
    }
    return {
      probabilities: Float32Array.from(model.apply(input).dataSync()),
      gradient: Float32Array.from(grad(lead)(copies).mean(0).dataSync()),
    }
  })
}

/** What goes into the softmax at the end; the logarithm of its output where that cannot be had. */
function scores(model: LayersModel, x: Tensor): Tensor {
  const last = model.layers.at(-1)!
  if (!(model instanceof Sequential)) return (model.apply(x) as Tensor).clipByValue(1e-7, 1).log()
  let y = x
  for (const layer of model.layers.slice(0, -1)) y = layer.apply(y) as Tensor
  const [kernel, bias] = last.weights
  if (last.className !== 'Dense' || kernel === undefined) return (last.apply(y) as Tensor).clipByValue(1e-7, 1).log()
  const product = matMul(y, kernel.variable)
  return bias === undefined ? product : product.add(bias.variable)
}
