/** The commands that look: help, version, summary, info, bench, evaluate, predict. */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { VERSION } from '../../src/version.ts'
import { gzip, smallMnist } from '../data/idx-files.ts'
import { jsonLines, quadlane, testFolder, tinyMnist } from './harness.ts'

const folder = await testFolder()
const mnist = await tinyMnist(folder)
const model = join(folder, 'model')
const trained = await quadlane('train', '--model', 'lenet5', '--data', mnist, '--epochs', '1', '--out', model)
if (trained.code !== 0) throw new Error(trained.stderr)

describe('help', () => {
  it('is on standard output, also without arguments', async () => {
    const help = await quadlane('--help')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    for (const command of ['train', 'evaluate', 'predict', 'summary', 'info', 'bench']) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
    }
    expect(await quadlane()).toEqual(help)
  })

  it('names every flag of train', async () => {
    const { code, stdout } = await quadlane('train', '--help')
    expect(code).toBe(0)
    const flags = [
      'data',
      'model',
      'epochs',
      'batch-size',
      'optimizer',
      'learning-rate',
      'seed',
      'limit',
      'out',
      'resume',
    ]
    for (const flag of [...flags, 'threads', 'simd', 'json'])
      expect(stdout).toMatch(new RegExp(`^ {2}--${flag}\\b`, 'm'))
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('has the version', async () => {
    expect(await quadlane('--version')).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' })
  })
})

describe('summary', () => {
  it('shows a model by name, the lenet where there is none', async () => {
    const { code, stdout } = await quadlane('summary')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Model: "lenet"\n/)
    expect(stdout).toContain('Total params: 1,199,882\n')
    expect((await quadlane('summary', '--model', 'mlp')).stdout).toContain('Total params: 669,706\n')
  })

  it('shows a saved model', async () => {
    const { code, stdout } = await quadlane('summary', model)
    expect(code).toBe(0)
    expect(stdout).toBe((await quadlane('summary', '--model', 'lenet5')).stdout)
  })
})

describe('info', () => {
  it('tells build, threads, memory and versions', async () => {
    const { code, stdout } = await quadlane('info', '--simd', 'baseline', '--threads', '1')
    expect(code).toBe(0)
    expect(stdout).toContain(`quadlane  ${VERSION}\nbuild     simd (baseline SIMD)\nthreads   1 of `)
    expect(stdout).toMatch(/^features {2}SIMD, (no )?relaxed SIMD, shared memory$/m)
    expect(stdout).toContain(`engine    Node ${process.versions.node}, V8 ${process.versions.v8}\n`)
  })

  it('has relaxed SIMD where the engine can have it, and one line of JSON', async () => {
    const outcome = await quadlane('info', '--threads', '1', '--json')
    const [facts] = jsonLines(outcome)
    expect(facts).toMatchObject({ quadlane: VERSION, build: 'relaxed', simd: 'relaxed', threads: 1, reason: '' })
    expect(facts).toMatchObject({ features: { simd: true, relaxed: true, sharedMemory: true } })
    expect(facts!.memoryBytes).toBeGreaterThan(0)
    expect(outcome.stderr).toContain('build     relaxed (relaxed SIMD)\n')
  })

  it('says why it runs fewer threads than asked', async () => {
    const { stdout } = await quadlane('info', '--threads', '2')
    expect(stdout).toMatch(/^threads {3}(2 of|1 of \d+ cores\nreason {4}\S)/m)
  })
})

describe('bench', () => {
  it('times one model and the matrix product', async () => {
    const args = ['bench', '--model', 'lenet5', '--batch-size', '2', '--seconds', '0.001', '--threads', '1', '--json']
    const outcome = await quadlane(...args)
    expect(outcome.code, outcome.stderr).toBe(0)
    const [result] = jsonLines(outcome)
    expect(result).toMatchObject({ threads: 1, batchSize: 2, models: [{ model: 'lenet5', params: 61_706 }] })
    const [times] = result!.models as Record<string, number>[]
    for (const name of ['trainMs', 'predictMs', 'predictOneMs']) expect(times![name]).toBeGreaterThan(0)
    expect(result!.ceiling).toBeGreaterThan(1)
    const matrices = result!.matrices as { size: number; gflops: number; share: number }[]
    expect(matrices.map(({ size }) => size)).toEqual([64, 128, 256, 512, 1024])
    for (const { gflops, share } of matrices) {
      expect(gflops).toBeGreaterThan(0)
      expect(share).toBeCloseTo(gflops / (result!.ceiling as number), 2)
    }
    expect(outcome.stderr).toMatch(
      /^Model {4}Parameters {3}Train step \(2\) {3}Predict \(2\) {3}Predict \(1\)\nlenet5 {7}61,706 /m,
    )
    expect(outcome.stderr).toMatch(/^512 x 512 x 512 +[\d.]+ +\d+ %$/m)
    expect(outcome.stderr).toMatch(/^Ceiling: [\d.]+ GFLOP\/s, multiply-adds and nothing else$/m)
    expect(outcome.stderr).not.toContain('A training step')
  })

  it('shows the kernels of a training step', async () => {
    const args = [
      'bench',
      '--model',
      'lenet5',
      '--batch-size',
      '2',
      '--seconds',
      '0.001',
      '--threads',
      '1',
      '--profile',
    ]
    const { stdout } = await quadlane(...args, '--json')
    const { models } = JSON.parse(stdout) as {
      models: { step: { wallMs: number; kernels: Record<string, unknown>[] } }[]
    }
    const { step } = models[0]!
    expect(step.wallMs).toBeGreaterThan(0)
    expect(step.kernels.map(({ kernel }) => kernel)).toContain('adamUpdate')
    const text = await quadlane(...args)
    expect(text.stdout).toMatch(
      /^A training step of lenet5\nKernel +Calls +ms +Share +GFLOP\/s\n\w+ +\d+ +[\d.]+ +[\d.]+ %/m,
    )
  })
})

describe('evaluate', () => {
  it('tests on the data that the model was trained on, or on other', async () => {
    const own = await quadlane('evaluate', model)
    expect(own.code, own.stderr).toBe(0)
    expect(own.stdout).toMatch(
      new RegExp(`^${model} on ${mnist}, 3 images\nTest accuracy [01]\\.\\d{4}: [0-3] of 3 right; loss \\d`),
    )
    expect(own.stdout).toContain('Confusion matrix (row: true digit, column: what it was read as)\n')
    expect((await quadlane('evaluate', '--model-dir', model)).stdout).toBe(own.stdout)
    const [other] = jsonLines(await quadlane('evaluate', model, '--data', 'digits', '--json'))
    expect(other).toMatchObject({ model, data: 'digits', images: 2000 })
  })
})

describe('predict', () => {
  it('shows images of the data set, the first or those that --index names', async () => {
    const first = await quadlane('predict', model)
    expect(first.code, first.stderr).toBe(0)
    expect(first.stdout).toMatch(
      new RegExp(`^${mnist}, image 0: read as \\d \\(\\d+\\.\\d %\\), (rightly|but it is a 7)\n`),
    )
    const outcome = await quadlane('predict', model, '--index', '2', '1', '--json')
    const lines = jsonLines(outcome)
    expect(lines).toMatchObject([
      { source: mnist, index: 2, label: 1 },
      { source: mnist, index: 1, label: 2 },
    ])
    for (const { digit, probabilities } of lines as { digit: number; probabilities: number[] }[]) {
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5)
      expect(probabilities[digit]).toBe(Math.max(...probabilities))
    }
  })

  it('reads the same in an IDX file, a gzipped one and bare bytes', async () => {
    const { testImages } = smallMnist()
    const [raw, packed, bare] = ['a.idx', 'a.idx.gz', 'a.raw'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    await writeFile(raw, testImages)
    await writeFile(packed, await gzip(testImages))
    await writeFile(bare, testImages.subarray(16, 16 + 784))
    const outcome = await quadlane('predict', model, raw, packed, bare, '--json')
    expect(outcome.code, outcome.stderr).toBe(0)
    const lines = jsonLines(outcome)
    expect(lines.map(({ source, index }) => [source, index])).toEqual([
      ...[0, 1, 2].map((index) => [raw, index]),
      ...[0, 1, 2].map((index) => [packed, index]),
      [bare, 0],
    ])
    const read = lines.map(({ probabilities }) => probabilities)
    expect(read.slice(3, 6)).toEqual(read.slice(0, 3))
    expect(read[6]).toEqual(read[0])
    expect(read[1]).not.toEqual(read[0])
    expect(lines[0]).not.toHaveProperty('label')
  })

  it('shows the first of many images and says how many more there are', async () => {
    const file = join(mnist, 'train-images-idx3-ubyte')
    const { stdout } = await quadlane('predict', model, file)
    expect(stdout.match(/, image \d: read as/g)).toHaveLength(5)
    expect(stdout).toContain(`${file} has 1 more; --index chooses\n`)
    expect((await readFile(file)).length).toBe(4720)
  })
})
