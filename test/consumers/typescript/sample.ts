import {
  data,
  info,
  init,
  type LayersModel,
  layers,
  losses,
  metrics,
  sequential,
  shutdown,
  type Tensor,
  tensor,
  tidy,
  train,
  zoo,
} from 'quadlane'
import { type ImageDataset, syntheticDigits } from 'quadlane/data'
import { type KernelSet, loadKernels, packedBytes } from 'quadlane/kernels'
import { report } from './step.js'

const model: LayersModel = sequential({
  layers: [
    layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
    layers.flatten(),
    layers.dense({ units: 10, activation: 'softmax' }),
  ],
})
model.compile({
  optimizer: train.adam(0.001),
  loss: losses.categoricalCrossentropy,
  metrics: [metrics.categoricalAccuracy],
})

// Compiled, never called.
export async function use({ xs, ys }: { xs: Tensor; ys: Tensor }): Promise<readonly Tensor[]> {
  // @ts-expect-error an activation that there is not
  layers.dense({ units: 1, activation: 'rleu' })
  // @ts-expect-error an option that there is not
  await init({ thread: 2 })
  await model.fit(xs, ys)
  const kernels: KernelSet = await loadKernels({ simd: 'baseline' })
  kernels.memory.allocate(packedBytes(kernels.build, 3, 5))
  const digits: ImageDataset = syntheticDigits({ count: 2, seed: 1 })
  await model.fit(digits, { epochs: 1, callbacks: { onEpochEnd: (epoch, logs) => console.log(epoch, logs?.loss) } })
  return tidy(() => [
    tensor([[1, 2]])
      .matMul([[3], [4]])
      .relu(),
  ])
}

report({ data, info, init, shutdown, zoo })
