/** Looks into a network: what each layer makes of a picture, and the filters that it does it with. */

import { type Sequential, type Tensor, tensor, tidy } from 'quadlane'

/** What a layer puts out for one picture. */
export interface Stage {
  readonly name: string
  /** The layer's type: 'Conv2D'. */
  readonly type: string
  /** [height, width, maps], or [units]. */
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** The kernels of a convolution. */
export interface Filters {
  readonly name: string
  /** [height, width, inputs, filters]. */
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** Layers that only hand on what they are given, when a network is not learning. */
const SILENT: readonly string[] = ['Dropout', 'Flatten', 'InputLayer']

/** Runs the layers one by one. `pixels` are 28×28 numbers from 0 to 1. */
export function inspect(model: Sequential, pixels: Float32Array): Stage[] {
  return tidy(() => {
    let x: Tensor = tensor(pixels, [1, 28, 28, 1])
    const stages: Stage[] = []
    for (const layer of model.layers) {
      x = layer.apply(x)
      if (SILENT.includes(layer.className)) continue
      const values = Float32Array.from(x.dataSync())
      stages.push({ name: layer.name, type: layer.className, shape: x.shape.slice(1), values })
    }
    return stages
  })
}

export function filtersOf(model: Sequential): Filters[] {
  return model.layers
    .filter((layer) => layer.className === 'Conv2D')
    .map((layer) => {
      const weights = layer.getWeights()
      const [kernel] = weights
      const filters = {
        name: layer.name,
        shape: [...kernel!.shape],
        values: Float32Array.from(kernel!.dataSync()),
      }
      for (const weight of weights) weight.dispose()
      return filters
    })
}
