/** The page on a training step names its kernels in the order in which they run. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { syntheticDigits } from '../../src/data/digits.ts'
import { init } from '../../src/init.ts'
import { adam } from '../../src/optimizers/adam.ts'
import { runtime, shutdown } from '../../src/runtime/runtime.ts'
import { lenet } from '../../src/zoo/lenet.ts'

const PAGE = fileURLToPath(new URL('../../docs/how-it-works.md', import.meta.url))

describe('docs/how-it-works.md', () => {
  afterAll(() => shutdown())

  it('tells the kernels of a step in their order', async () => {
    const blocks = [...(await readFile(PAGE, 'utf8')).matchAll(/^```text\n([\s\S]*?)^```/gm)]
    const told = blocks.flatMap(([, block]) => block!.trim().split('\n'))
    await init({ threads: 1 })
    const model = lenet({ seed: 1 })
    model.compile({ optimizer: adam(0.001), loss: 'categoricalCrossentropy' })
    const { xs, ys } = syntheticDigits({ count: 16, seed: 1 }).tensors()
    await model.trainOnBatch(xs, ys)
    const ran: string[] = []
    const owner = runtime('test')
    owner.observer = (name) => ran.push(name)
    try {
      await model.trainOnBatch(xs, ys)
    } finally {
      owner.observer = undefined
    }
    expect(told).toEqual(ran)
  })
})
