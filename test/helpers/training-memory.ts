/**
 * A process that trains and prints what memory it holds: `node --expose-gc training-memory.ts MODEL BATCH STEPS THREADS`
 * writes a line of JSON after the first step, after the 200th and after the last.
 */

import { syntheticDigits } from '../../src/data/digits.ts'
import { init } from '../../src/init.ts'
import { info, shutdown } from '../../src/runtime/runtime.ts'
import { memory } from '../../src/tensor.ts'
import { lenet } from '../../src/zoo/lenet.ts'
import { lenet5 } from '../../src/zoo/lenet5.ts'
import { mobileNet } from '../../src/zoo/mobilenet.ts'
import { resNet } from '../../src/zoo/resnet.ts'
import { uniform } from './random.ts'

/** Side and channels of the images that the graphs take. */
const IMAGE = [32, 32, 3] as const

const MODELS = {
  lenet: () => lenet({ seed: 1 }),
  lenet5: () => lenet5({ seed: 1 }),
  mobileNet: () => mobileNet({ alpha: 0.25, inputShape: IMAGE, classes: 10, seed: 1 }),
  resNet: () => resNet({ depth: 8, inputShape: IMAGE, classes: 10, seed: 1 }),
} as const

const [model, batchSize, steps, threads] = process.argv.slice(2) as [keyof typeof MODELS, string, string, string]

const EPOCH = 50

async function collectGarbage(): Promise<void> {
  // Finalizers run in turns of their own, and what they free goes with the next collection.
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    globalThis.gc?.()
  }
}

async function report(step: number): Promise<void> {
  await collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const { numBytes, numDataBuffers } = memory()
  const { memoryBytes } = info()
  console.log(JSON.stringify({ step, heapUsed, arrayBuffers, memoryBytes, numBytes, numDataBuffers }))
}

await init({ threads: Number(threads) })
const net = MODELS[model]()
net.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
const reportAt = [1, 200, Number(steps)]
let step = 0
const count = EPOCH * Number(batchSize)
const isGraph = model === 'mobileNet' || model === 'resNet'
const [x, y] = isGraph
  ? [
      uniform(count * 32 * 32 * 3, 1),
      Float32Array.from({ length: count * 10 }, (_, i) => Number(i % 10 === (i / 10) % 10)),
    ]
  : [undefined, undefined]
const args = {
  batchSize: Number(batchSize),
  epochs: Number(steps) / EPOCH,
  callbacks: { onBatchEnd: async () => void (reportAt.includes(++step) && (await report(step))) },
}
if (x === undefined) await net.fit(syntheticDigits({ count, seed: 1 }), args)
else await net.fit(x, y, args)
shutdown()
