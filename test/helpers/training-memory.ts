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

const [model, batchSize, steps, threads] = process.argv.slice(2) as ['lenet' | 'lenet5', string, string, string]

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
const net = { lenet, lenet5 }[model]({ seed: 1 })
net.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
const reportAt = [1, 200, Number(steps)]
let step = 0
await net.fit(syntheticDigits({ count: EPOCH * Number(batchSize), seed: 1 }), {
  batchSize: Number(batchSize),
  epochs: Number(steps) / EPOCH,
  callbacks: { onBatchEnd: async () => void (reportAt.includes(++step) && (await report(step))) },
})
shutdown()
