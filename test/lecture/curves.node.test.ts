/** The curves of the training run: their file, tables and charts, and the script that makes them. */

import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { TRAINING_RUN } from '../../examples/helpers/lecture.ts'
import { betweenMarkers, type Curves, curveCharts, curveReport, median, withRun } from '../../scripts/plot-curves.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const settings = { model: 'lenet', optimizer: 'adam', batchSize: 128, images: 60_000, build: 'simd' }
const like = (factor: number) => TRAINING_RUN.map((epoch) => ({ ...epoch, loss: epoch.loss * factor }))
const curves: Curves = {
  settings,
  runs: [
    { seed: 1, epochs: like(1) },
    { seed: 2, epochs: like(2).slice(0, 2) },
    { seed: 3, epochs: like(3) },
  ],
}

describe('the file', () => {
  it('takes runs in any order, and the later one of a seed', () => {
    const empty: Curves = { settings, runs: [] }
    const [first, second, third] = curves.runs as [Curves['runs'][0], Curves['runs'][0], Curves['runs'][0]]
    expect(withRun(withRun(withRun(empty, third), first), second)).toEqual(curves)
    expect(withRun(curves, { seed: 2, epochs: like(2) }).runs.map(({ epochs }) => epochs.length)).toEqual([10, 10, 10])
  })
})

describe('the report', () => {
  it('has the lecture, each seed and the median of those that have come so far', () => {
    const lines = curveReport(curves).split('\n')
    expect(lines).toContain('| epoch | lecture | seed 1 | seed 2 | seed 3 | median |')
    expect(lines).toContain('| 1 | 0.2381 | 0.2381 | 0.4762 | 0.7143 | 0.4762 |')
    expect(lines).toContain('| 10 | 0.0262 | 0.0262 |  | 0.0786 | 0.0524 |')
    expect(lines).toContain('| 10 | 0.9913 | 0.9913 |  | 0.9913 | 0.9913 |')
    expect(lines.at(-1)).toContain('batches of 128, 60,000 training images, simd build.')
  })

  it('goes between the markers of a page, once and again', () => {
    const page = readFileSync(join(ROOT, 'docs/lecture.md'), 'utf8')
    const once = betweenMarkers(page, 'FIRST')!
    const twice = betweenMarkers(once, 'SECOND')!
    expect(once).toContain('\n\nFIRST\n\n<!-- curves: end -->')
    expect(twice).toContain('\n\nSECOND\n\n<!-- curves: end -->')
    expect(twice).not.toContain('FIRST')
    expect(betweenMarkers('a page without markers', 'FIRST')).toBeUndefined()
  })

  it('a median', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7])
  })
})

describe('the charts', () => {
  it.each(Object.entries(curveCharts(curves)))('%s has a line for each seed and a dashed one', (_, svg) => {
    expect(svg.startsWith('<svg ')).toBe(true)
    expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"')
    expect(svg.match(/aria-label="line"/g)).toHaveLength(4)
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(2)
    expect(svg.match(/<circle /g)).toHaveLength(10 + 2 + 10 + 10)
    for (const name of ['seed 1', 'seed 2', 'seed 3', 'lecture', 'epoch']) expect(svg).toContain(`>${name}</text>`)
    expect(svg).not.toMatch(/NaN|undefined/)
  })
})

describe('what is published', () => {
  const path = join(ROOT, 'docs/data/mnist-curves.json')

  it.skipIf(!existsSync(path))('the page and the charts are those of the file', () => {
    const published = JSON.parse(readFileSync(path, 'utf8')) as Curves
    const page = readFileSync(join(ROOT, 'docs/lecture.md'), 'utf8')
    expect(betweenMarkers(page, curveReport(published))).toBe(page)
    for (const [name, svg] of Object.entries(curveCharts(published))) {
      expect(readFileSync(join(ROOT, 'docs/images', name), 'utf8')).toBe(svg)
    }
  })
})

describe('the script', { timeout: 120_000 }, () => {
  const script = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/mnist-curves.ts', ...args], { cwd: ROOT })

  /** An array in MNIST's file format: two zero bytes, unsigned bytes, the rank, the sizes, the bytes. */
  const idx = (sizes: readonly number[], bytes: Uint8Array): Buffer => {
    const head = Buffer.alloc(4 + 4 * sizes.length)
    head.writeUInt32BE(0x0800 + sizes.length)
    for (const [i, size] of sizes.entries()) head.writeUInt32BE(size, 4 + 4 * i)
    return Buffer.concat([head, bytes])
  }

  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'quadlane-curves-'))
    onTestFinished(() => rmSync(made, { recursive: true }))
    for (const [part, count] of [
      ['train', 40],
      ['t10k', 20],
    ] as const) {
      const images = Uint8Array.from({ length: count * 784 }, (_, i) => (i * 37) % 256)
      writeFileSync(join(made, `${part}-images-idx3-ubyte`), idx([count, 28, 28], images))
      const labels = Uint8Array.from({ length: count }, (_, i) => i % 10)
      writeFileSync(join(made, `${part}-labels-idx1-ubyte`), idx([count], labels))
    }
    return made
  }

  it('trains what is missing, adds to the file and draws', async () => {
    const dir = folder()
    const out = join(dir, 'out')
    mkdirSync(out)
    writeFileSync(join(out, 'lecture.md'), readFileSync(join(ROOT, 'docs/lecture.md'), 'utf8'))
    const common = ['--data', dir, '--epochs', '1', '--limit', '32', '--out', out]
    await script(...common, '--seeds', '2')
    const { stderr } = await script(...common, '--seeds', '1,2')
    expect(stderr).toContain('seed 2: there already')
    const made = JSON.parse(readFileSync(join(out, 'data/mnist-curves.json'), 'utf8')) as Curves
    expect(made.settings).toEqual({ ...settings, images: 32 })
    expect(made.runs.map(({ seed, epochs }) => [seed, epochs.length])).toEqual([
      [1, 1],
      [2, 1],
    ])
    expect(made.runs[0]!.epochs[0]!.loss).not.toBe(made.runs[1]!.epochs[0]!.loss)
    const page = readFileSync(join(out, 'lecture.md'), 'utf8')
    expect(page).toContain(`| 1 | 0.2381 | ${made.runs[0]!.epochs[0]!.loss.toFixed(4)} |`)
    expect(existsSync(join(out, 'images/curves-loss.svg'))).toBe(true)
    expect(existsSync(join(out, 'images/curves-accuracy.svg'))).toBe(true)
    await expect(script('--data', dir, '--epochs', '1', '--limit', '8', '--out', out)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/mnist-curves\.json: expected runs with .*"images":8.*, received .*"images":32/),
    })
  })

  it('says what it needs', async () => {
    await expect(script()).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--data: expected the folder of the MNIST files, received nothing'),
    })
    await expect(script('--data', 'x', '--seeds', '1,two')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--seeds: expected a whole number above 0, received 'two'"),
    })
    await expect(script('--plot-only', '--out', tmpdir())).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected curves, received nothing — train with --data DIR first'),
    })
  })
})
