/**
 * Runs a small network for long and tells what grew: steps of training, predictions, models that are made and disposed.
 *
 *     node --expose-gc --import tsx scripts/soak.ts [steps = 20000] [predictions = 50000] [models = 2000]
 */

import { init } from '../src/init.ts'
import * as layers from '../src/layers/index.ts'
import { type Sequential, sequential } from '../src/model/sequential.ts'
import { tensor } from '../src/ops/create.ts'
import { info, shutdown } from '../src/runtime/runtime.ts'
import { memory } from '../src/tensor.ts'

const [steps = 20_000, predictions = 50_000, models = 2000] = process.argv.slice(2).map(Number)

function network(seed: number): Sequential {
  const model = sequential({
    seed,
    layers: [
      layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [12, 12, 1] }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dropout({ rate: 0.25 }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  })
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  return model
}

interface Held {
  readonly heapBytes: number
  readonly arrayBufferBytes: number
  readonly wasmBytes: number
  readonly tensorBytes: number
  readonly tensorBuffers: number
}

async function held(): Promise<Held> {
  // Finalizers run in turns of their own, and what they free goes with the next collection.
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    globalThis.gc?.()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const { numBytes, numDataBuffers } = memory()
  return {
    heapBytes: heapUsed,
    arrayBufferBytes: arrayBuffers,
    wasmBytes: info().memoryBytes,
    tensorBytes: numBytes,
    tensorBuffers: numDataBuffers,
  }
}

/** Runs `part` for a tenth and then for all of its count, and prints what was held after each. */
async function soak(name: string, count: number, part: (count: number) => Promise<void> | void): Promise<void> {
  await part(Math.ceil(count / 10))
  const before = await held()
  const begun = performance.now()
  await part(count)
  const seconds = (performance.now() - begun) / 1000
  const after = await held()
  const grown = Object.entries(after).map(([key, value]) => {
    const by = value - before[key as keyof Held]
    return `${key} ${value.toLocaleString('en')} (${by >= 0 ? '+' : ''}${by.toLocaleString('en')})`
  })
  console.log(`${count.toLocaleString('en')} ${name} in ${seconds.toFixed(1)} s: ${grown.join(', ')}`)
}

await init()
if (globalThis.gc === undefined) console.log('without --expose-gc the heap shows what nobody has collected yet')
const BATCH = 16
const images = Float32Array.from({ length: BATCH * 144 }, (_, i) => ((i * 7919) % 256) / 255)
const labels = Int32Array.from({ length: BATCH }, (_, i) => i % 10)

const model = network(1)
await soak('steps by trainOnBatch', steps, async (count) => {
  const [x, y] = [tensor(images, [BATCH, 12, 12, 1]), tensor(labels, [BATCH], 'int32')]
  for (let i = 0; i < count; i++) await model.trainOnBatch(x, y)
  x.dispose()
  y.dispose()
})
await soak('steps by fit', steps, async (count) => {
  await model.fit(images, labels, { batchSize: BATCH, epochs: count })
})
await soak('predictions, disposed', predictions, (count) => {
  for (let i = 0; i < count; i++) model.predict(images.subarray(0, 144)).dispose()
})
await soak('predictions, left to the collector', predictions, async (count) => {
  for (let i = 0; i < count; i++) {
    model.predict(images.subarray(0, 144))
    if (i % 500 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
})
await soak('models made, trained a step and disposed', models, async (count) => {
  for (let i = 0; i < count; i++) {
    const other = network(i)
    await other.trainOnBatch(images, labels)
    other.dispose()
  }
})
shutdown()
