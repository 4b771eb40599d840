/** Callbacks: what they do with figures, what they print, and which hooks are refused. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Callback, CustomCallback, callbacks, type Logs } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { tiny, xs, ys } from '../helpers/small-models.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** Puts losses of its own into the logs of epochs, for the callbacks after it. */
class Faked extends Callback {
  readonly #losses: readonly number[]
  constructor(losses: readonly number[]) {
    super()
    this.#losses = losses
  }
  override onEpochEnd(epoch: number, logs: Logs = {}): void {
    logs.loss = this.#losses[epoch]!
  }
}

async function rates(losses: readonly number[], args: object): Promise<number[]> {
  const model = tiny()
  const seen: number[] = []
  const onEpochEnd = (): void => void seen.push(model.optimizer!.learningRate)
  const reduce = callbacks.reduceLROnPlateau({ monitor: 'loss', ...args })
  await model.fit(xs, ys, { epochs: losses.length, callbacks: [new Faked(losses), reduce, { onEpochEnd }] })
  return seen
}

describe('reduceLROnPlateau', () => {
  it('lowers the rate after so many epochs without a better figure', async () => {
    expect(await rates([5, 4, 4, 4, 3, 3, 3], { patience: 2, factor: 0.5 })).toEqual([
      0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125,
    ])
  })

  it('waits while it cools down, and stops at the least rate', async () => {
    expect(await rates([5, 5, 5, 5, 5, 5], { patience: 1, factor: 0.5, cooldown: 2 })).toEqual([
      0.5, 0.25, 0.25, 0.125, 0.125, 0.0625,
    ])
    expect(await rates([5, 5, 5], { patience: 1, factor: 0.1, minLr: 0.2 })).toEqual([0.5, 0.2, 0.2])
  })
})

describe('monitor', () => {
  it("takes 'val_accuracy' for 'val_acc'", async () => {
    const stop = callbacks.earlyStopping({ monitor: 'val_accuracy', patience: 1 })
    await tiny().fit(xs, ys, { epochs: 2, validationData: [xs, ys], callbacks: stop })
  })

  it('says which figures there are', async () => {
    const stop = callbacks.earlyStopping({ monitor: 'val_precision' })
    await expect(tiny().fit(xs, ys, { validationData: [xs, ys], callbacks: stop })).rejects.toThrow(
      /^callbacks\.earlyStopping: expected monitor to be one of loss, acc, val_loss, val_acc, received 'val_precision'$/,
    )
  })
})

describe('csvLogger', () => {
  it('writes a head and a line per epoch', async () => {
    const lines: string[] = []
    const logger = callbacks.csvLogger({ write: (line) => lines.push(line) }, { separator: ';' })
    const { history } = await tiny().fit(xs, ys, { epochs: 2, callbacks: logger })
    expect(lines).toEqual(['epoch;loss;acc\n', ...[0, 1].map((i) => `${i};${history.loss![i]};${history.acc![i]}\n`)])
    expect(logger.text).toBe(lines.join(''))
  })
})

describe('CustomCallback', () => {
  it('calls the hooks that it was given', async () => {
    const seen: string[] = []
    const onEpochEnd = (epoch: number): void => void seen.push(`end of ${epoch}`)
    const onTrainEnd = (): void => void seen.push('over')
    await tiny().fit(xs, ys, { epochs: 2, callbacks: new CustomCallback({ onEpochEnd, onTrainEnd }) })
    expect(seen).toEqual(['end of 0', 'end of 1', 'over'])
  })
})

describe('hooks', () => {
  const hooks = 'onTrainBegin, onTrainEnd, onEpochBegin, onEpochEnd, onBatchBegin, onBatchEnd, onYield'

  it.each([
    [
      { onepochend() {} },
      `fit, callbacks: expected only the options ${hooks}, received 'onepochend' — did you mean 'onEpochEnd'?`,
    ],
    [{ foo() {}, onEpochEnd() {} }, `fit, callbacks: expected only the options ${hooks}, received 'foo'`],
    [
      { on_epoch_end() {} },
      `fit, callbacks: expected only the options ${hooks}, received 'on_epoch_end' — did you mean 'onEpochEnd'?`,
    ],
    [{ foo: 1 }, `fit: expected callbacks with hooks (${hooks}), received {foo}`],
    [
      new (class extends Callback {
        onEpochEnded(): void {}
      })(),
      `fit, callbacks: expected only the options ${hooks}, received 'onEpochEnded' — did you mean 'onEpochEnd'?`,
    ],
  ])('refuses %o', async (callback, text) => {
    await expect(tiny().fit(xs, ys, { callbacks: callback as never })).rejects.toThrow(text)
  })

  it('of an object with a memory of its own are fine', async () => {
    const callback = {
      seen: [] as number[],
      onEpochEnd(epoch: number) {
        this.seen.push(epoch)
      },
    }
    await tiny().fit(xs, ys, { callbacks: callback })
    expect(callback.seen).toEqual([0])
  })
})
