/** `quadlane train`: what it prints, what it saves, how it goes on, how it is interrupted. */

import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { modelUrl, readState } from '../../src/cli/run-folder.ts'
import { init } from '../../src/init.ts'
import { loadLayersModel } from '../../src/model/load-layers-model.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { ended, jsonLines, type Outcome, quadlane, spawnQuadlane, testFolder, tinyMnist } from './harness.ts'

const folder = await testFolder()
const mnist = await tinyMnist(folder)
/** Processes of their own start slowly where other tests compute at the same time. */
const PATIENT = 120_000
const tiny = ['train', '--model', 'lenet5', '--data', mnist, '--batch-size', '2'] as const

/** The figures of a run, without times and places. */
function figures(outcome: Outcome): unknown[] {
  return jsonLines(outcome).map(({ msPerStep, seconds, saved, ...rest }) => rest)
}

describe('train on the built-in digits', () => {
  const out = join(folder, 'digits')
  const args = [
    'train',
    '--model',
    'lenet5',
    '--limit',
    '256',
    '--epochs',
    '1',
    '--seed',
    '7',
    '--batch-size',
    '64',
    '--threads',
    '1',
  ]

  it('prints one JSON line per epoch and a last one, saves, and tells people on standard error', async () => {
    const outcome = await quadlane(...args, '--json', '--out', out)
    expect(outcome.code, outcome.stderr).toBe(0)
    const [epoch, result, ...more] = jsonLines(outcome)
    expect(more).toEqual([])
    expect(Object.keys(epoch!)).toEqual([
      ...['epoch', 'loss', 'accuracy', 'valLoss', 'valAccuracy', 'msPerStep', 'seconds'],
    ])
    expect(epoch!.epoch).toBe(1)
    // Ten classes that nothing is known of cost ln 10 = 2.303; one epoch makes that less.
    expect(epoch!.valLoss).toBeGreaterThan(0)
    expect(epoch!.valLoss).toBeLessThan(2.3)
    expect(epoch!.valAccuracy).toBeGreaterThan(0.15)
    expect(epoch!.msPerStep).toBeGreaterThan(0)
    expect(epoch!.seconds).toBeGreaterThan((4 * (epoch!.msPerStep as number)) / 1000)
    expect(result).toEqual({
      ...{ result: true, model: 'lenet5', data: 'digits', seed: 7, epochs: 1, batchSize: 64, threads: 1 },
      ...{ build: expect.stringMatching(/^(simd|relaxed)$/), saved: out },
      ...{ valLoss: epoch!.valLoss, valAccuracy: epoch!.valAccuracy, msPerStep: epoch!.msPerStep },
    })
    const { stderr } = outcome
    expect(stderr).toMatch(/^quadlane \d+\.\d+\.\d+: (relaxed|baseline) SIMD, 1 thread.*; seed 7\n/)
    expect(stderr).toContain('Data: digits, 256 images to train on, 2,000 to validate; adam, learning rate 0.001')
    expect(stderr).toContain('Model: "lenet5"\n')
    expect(stderr).toContain('C1 (Conv2D)                  (None, 28, 28, 6)      156\n')
    expect(stderr).toContain('Total params: 61,706\n')
    expect(stderr).toMatch(/^epoch 1\/1, step 4\/4: loss \d\.\d{4}, accuracy 0\.\d{4}, [\d.]+ ms\/step, 0s left$/m)
    expect(stderr).toMatch(
      /^Epoch 1\/1: loss \d\.\d{4}, accuracy 0\.\d{4}, val loss \d\.\d{4}, val accuracy 0\.\d{4} /m,
    )
    const right = ((epoch!.valAccuracy as number) * 2000).toFixed(0)
    expect(stderr.replace(/(\d),(\d)/g, '$1$2')).toMatch(
      new RegExp(`^Test accuracy 0\\.\\d{4}: ${right} of 2000 right; loss`, 'm'),
    )
    expect(stderr).toContain('Confusion matrix')
    expect(stderr).toMatch(
      /Saved in .*digits\. To see some of its predictions:\n {2}\S.* predict .*digits --index 0 1 2\n$/,
    )
    expect((await readdir(out)).sort()).toEqual(['model.json', 'weights.bin'])
  })

  it('saves a model that evaluates as it did in training', async () => {
    const trained = await readState(out)
    expect(trained).toMatchObject({ model: 'lenet5', seed: 7, epochs: 1, completed: 1, iterations: 4, limit: 256 })
    const outcome = await quadlane('evaluate', out, '--json')
    expect(outcome.code, outcome.stderr).toBe(0)
    const [result] = jsonLines(outcome)
    const again = await quadlane(...args, '--json', '--out', join(folder, 'again'))
    const [epoch] = jsonLines(again)
    expect(result!.loss).toBe(epoch!.valLoss)
    expect(result!.accuracy).toBe(epoch!.valAccuracy)
    expect(result!.images).toBe(2000)
    const confusion = result!.confusion as number[][]
    expect(confusion.map((row) => row.reduce((sum, n) => sum + n, 0))).toEqual(Array(10).fill(200))
    const right = confusion.reduce((sum, row, i) => sum + row[i]!, 0)
    expect(right / 2000).toBeCloseTo(epoch!.valAccuracy as number, 6)
  })
})

describe('train on a folder of IDX files', () => {
  it('puts text for people on standard output without --json, and progress on standard error', async () => {
    const { code, stdout, stderr } = await quadlane(...tiny, '--epochs', '2', '--out', join(folder, 'text'))
    expect(code, stderr).toBe(0)
    expect(stdout).toContain(`Data: ${mnist}, 6 images to train on, 3 to validate;`)
    expect(stdout.match(/^Epoch [12]\/2: /gm)).toHaveLength(2)
    expect(stdout).not.toContain('{')
    expect(stderr.match(/^epoch [12]\/2, step [123]\/3: /gm)).toHaveLength(6)
  })

  it('repeats a run by its seed, and differs by another', async () => {
    const once = async (seed: string, name: string): Promise<unknown[]> => {
      const args = ['--epochs', '2', '--seed', seed, '--json', '--out', join(folder, name)]
      return figures(await quadlane(...tiny, ...args))
    }
    const first = await once('11', 's1')
    expect(await once('11', 's2')).toEqual(first)
    const other = await once('12', 's3')
    expect((other[0] as { loss: number }).loss).not.toBe((first[0] as { loss: number }).loss)
  })

  it('draws a seed and prints it', async () => {
    const outcome = await quadlane(...tiny, '--epochs', '1', '--json', '--out', join(folder, 'drawn'))
    const seed = jsonLines(outcome).at(-1)!.seed as number
    expect(Number.isSafeInteger(seed)).toBe(true)
    expect(outcome.stderr).toContain(`; seed ${seed}\n`)
  })
})

describe('--resume', () => {
  it('goes on with the weights, the optimizer and the settings', async () => {
    const out = join(folder, 'resumed')
    const first = await quadlane(...tiny, '--epochs', '1', '--seed', '3', '--optimizer', 'momentum', '--out', out)
    expect(first.code, first.stderr).toBe(0)
    const outcome = await quadlane('train', '--resume', out, '--epochs', '3', '--json')
    expect(outcome.code, outcome.stderr).toBe(0)
    const lines = jsonLines(outcome)
    expect(lines.map(({ epoch }) => epoch)).toEqual([2, 3, undefined])
    expect(lines[2]).toMatchObject({ seed: 3, epochs: 3, batchSize: 2, data: mnist, saved: out })
    expect(await readState(out)).toMatchObject({ optimizer: 'momentum', completed: 3, iterations: 9, epochs: 3 })
  })

  it('gives back the very weights that were saved', async () => {
    const out = join(folder, 'exact')
    await quadlane(...tiny, '--epochs', '1', '--seed', '3', '--out', out)
    // A step that goes nowhere: the weights that come out are those that went in.
    const other = join(folder, 'exact-2')
    const outcome = await quadlane(
      'train',
      '--resume',
      out,
      '--out',
      other,
      '--epochs',
      '2',
      '--learning-rate',
      '1e-45',
    )
    expect(outcome.code, outcome.stderr).toBe(0)
    const bytes = 4 * 61_706
    const [before, after] = [await savedBytes(out), await savedBytes(other)]
    expect(after.subarray(0, bytes).equals(before.subarray(0, bytes))).toBe(true)
    expect(after.length).toBe(before.length)
  })

  it(
    'comes to the bits of a run without a break when it was killed in the middle of an epoch',
    async () => {
      const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')]
      const args = ['--model', 'lenet5', '--limit', '1000', '--epochs', '2', '--batch-size', '20', '--seed', '4']
      const once = await quadlane('train', ...args, '--out', whole)
      expect(once.code, once.stderr).toBe(0)
      const child = spawnQuadlane('train', ...args, '--out', broken, '--save-steps', '1')
      child.stderr!.on('data', (chunk: Buffer) => {
        if (/^epoch 1\/2, step (10|15|20)\//m.test(chunk.toString())) child.kill('SIGKILL')
      })
      await expect(ended(child)).rejects.toThrow('ended by SIGKILL')
      const state = await readState(broken)
      expect(state).toMatchObject({ completed: 0 })
      expect(state!.steps).toBeGreaterThan(0)
      const resumed = await quadlane('train', '--resume', broken)
      expect(resumed.code, resumed.stderr).toBe(0)
      expect(resumed.stdout).toContain(`Going on after step ${state!.steps} of epoch 1 of 2\n`)
      expect((await savedBytes(broken)).equals(await savedBytes(whole))).toBe(true)
    },
    PATIENT,
  )

  it(
    'refuses other images in the middle of an epoch',
    async () => {
      const out = join(folder, 'interrupted-2')
      const args = ['--model', 'lenet5', '--limit', '2000', '--epochs', '50', '--batch-size', '32', '--out', out]
      const child = spawnQuadlane('train', ...args)
      child.stderr!.once('data', () => child.kill('SIGHUP'))
      const { code, stderr } = await ended(child)
      expect(code, stderr).toBe(129)
      const resumed = await quadlane('train', '--resume', out, '--data', mnist)
      expect(resumed.stderr).toContain(
        'quadlane: fit, resume: expected samples 2000, with which the epoch was begun, received 6 — a checkpoint between two epochs takes other data',
      )
    },
    PATIENT,
  )
})

/** A model's weights as they are saved, and behind them what its optimizer keeps. */
async function savedBytes(dir: string): Promise<Buffer> {
  const { weightsManifest } = JSON.parse(await readFile(join(dir, 'model.json'), 'utf8'))
  return readFile(join(dir, weightsManifest[0].paths[0]))
}

describe('interrupted', () => {
  it(
    'ends after the batch, saves, and exits with 130; the model loads and training goes on',
    async () => {
      const out = join(folder, 'interrupted')
      const args = ['--model', 'lenet5', '--limit', '2000', '--epochs', '50', '--batch-size', '32', '--out', out]
      const child = spawnQuadlane('train', ...args)
      child.stderr!.once('data', (chunk: Buffer) => {
        if (/^epoch 1\/50, step /.test(chunk.toString())) child.kill('SIGINT')
        else child.kill('SIGKILL')
      })
      const { code, stderr } = await ended(child)
      expect(code, stderr).toBe(130)
      const last = stderr.trim().split('\n').at(-1)
      expect(last).toMatch(
        /^quadlane: interrupted in epoch 1 of 50, after \d+ of 63 steps; the model is saved in .*interrupted; go on with: .* train --resume .*interrupted$/,
      )
      const state = await readState(out)
      expect(state!.completed).toBe(0)
      expect(state!.iterations).toBeGreaterThan(0)
      expect(state!.steps).toBe(state!.iterations)
      await init()
      const model = await loadLayersModel(modelUrl(out))
      expect(model.predict(new Float32Array(784)).shape).toEqual([1, 10])
      shutdown()
      const resumed = await quadlane('train', '--resume', out, '--epochs', '1', '--json')
      expect(resumed.code, resumed.stderr).toBe(0)
      expect(jsonLines(resumed)).toHaveLength(2)
    },
    PATIENT,
  )
})

describe('a run that comes to nothing', () => {
  it('leaves no folder behind', async () => {
    const out = join(folder, 'a', 'b')
    const args = ['--model', 'mlp', '--data', mnist, '--learning-rate', '1e30', '--epochs', '9', '--batch-size', '2']
    const outcome = await quadlane('train', ...args, '--out', out)
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toMatch(
      /^quadlane: fit: expected a finite loss, received .* at step \d — lower the learning/m,
    )
    await expect(stat(join(folder, 'a'))).rejects.toThrow('ENOENT')
  })
})
