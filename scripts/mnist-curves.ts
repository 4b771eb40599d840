/**
 * Trains the lecture's network on MNIST for some seeds and puts the curves beside the lecture's:
 *
 *   npx tsx scripts/mnist-curves.ts --data DIR --seeds 1,2,3 --epochs 10 --out docs
 *
 * After each epoch OUT/data/mnist-curves.json is written, so a run that is broken off loses no seed that is done:
 * the same command again trains only what is missing. `--plot-only` draws OUT/images/curves-*.svg and fills in the
 * tables of OUT/lecture.md; training ends with the same.
 */

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import type { EpochFigures } from '../examples/helpers/lecture.ts'
import { data, info, init, zoo } from '../src/index.node.ts'
import {
  betweenMarkers,
  type CurveRun,
  type CurveSettings,
  type Curves,
  curveCharts,
  curveReport,
  withRun,
} from './plot-curves.ts'

const BATCH_SIZE = 128

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    seeds: { type: 'string', default: '1,2,3' },
    epochs: { type: 'string', default: '10' },
    limit: { type: 'string', default: '60000' },
    simd: { type: 'string', default: 'baseline' },
    out: { type: 'string', default: 'docs' },
    'plot-only': { type: 'boolean', default: false },
  },
})

const PATH = join(options.out, 'data', 'mnist-curves.json')

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new Error(`--${name}: expected a whole number above 0, received '${text}'`)
}

function readCurves(): Curves | undefined {
  return existsSync(PATH) ? (JSON.parse(readFileSync(PATH, 'utf8')) as Curves) : undefined
}

function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.${process.pid}`, text)
  renameSync(`${path}.${process.pid}`, path)
}

/** Reads the file again each time, since other seeds may be trained by other processes. */
function saveRun(settings: CurveSettings, run: CurveRun): void {
  const curves = withRun(readCurves() ?? { settings, runs: [] }, run)
  writeWhole(PATH, `${JSON.stringify(curves, null, 2)}\n`)
}

function checkSettings(settings: CurveSettings): void {
  const there = readCurves()?.settings
  if (there === undefined || JSON.stringify(there) === JSON.stringify(settings)) return
  const [expected, received] = [JSON.stringify(settings), JSON.stringify(there)]
  throw new Error(`${PATH}: expected runs with ${expected}, received ${received} — remove it or choose another --out`)
}

/** Six decimals: float32 has no more to say. */
function rounded(value: number | undefined): number {
  return Math.round((value ?? Number.NaN) * 1e6) / 1e6
}

async function train(seed: number, epochs: number, settings: CurveSettings, mnist: data.Mnist): Promise<void> {
  const model = zoo.lenet({ seed })
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  const done: EpochFigures[] = []
  await model.fit(mnist.train, {
    epochs,
    batchSize: BATCH_SIZE,
    validationData: mnist.test,
    callbacks: {
      onEpochEnd: (epoch, logs = {}) => {
        done.push({
          loss: rounded(logs.loss),
          accuracy: rounded(logs.acc),
          valLoss: rounded(logs.val_loss),
          valAccuracy: rounded(logs.val_acc),
        })
        saveRun(settings, { seed, epochs: done })
        console.error(`seed ${seed}, epoch ${epoch + 1} of ${epochs}: ${JSON.stringify(done.at(-1))}`)
      },
    },
  })
  model.dispose()
}

async function trainMissing(dir: string): Promise<void> {
  const epochs = wholeNumber('epochs', options.epochs)
  const limit = wholeNumber('limit', options.limit)
  const seeds = options.seeds.split(',').map((seed) => wholeNumber('seeds', seed))
  const simd = options.simd as 'auto' | 'relaxed' | 'baseline'
  // Node 20 has relaxed SIMD behind this flag; later ones have it, and would refuse a flag that they do not know.
  if (simd !== 'baseline' && process.version.startsWith('v20.')) {
    setFlagsFromString('--experimental-wasm-relaxed-simd')
  }
  await init({ simd })
  const whole = await data.loadMnist(dir)
  const mnist = { train: whole.train.take(limit), test: whole.test }
  const settings = {
    model: 'lenet',
    optimizer: 'adam',
    batchSize: BATCH_SIZE,
    images: mnist.train.size,
    build: info().build,
  }
  checkSettings(settings)
  for (const seed of seeds) {
    const there = readCurves()?.runs.find((run) => run.seed === seed)
    if ((there?.epochs.length ?? 0) >= epochs) console.error(`seed ${seed}: there already`)
    else await train(seed, epochs, settings, mnist)
  }
}

function plot(): void {
  const curves = readCurves()
  if (curves === undefined) throw new Error(`${PATH}: expected curves, received nothing — train with --data DIR first`)
  for (const [name, svg] of Object.entries(curveCharts(curves))) {
    writeWhole(join(options.out, 'images', name), svg)
  }
  const page = join(options.out, 'lecture.md')
  const report = curveReport(curves)
  const text = existsSync(page) ? betweenMarkers(readFileSync(page, 'utf8'), report) : undefined
  if (text === undefined) console.log(report)
  else writeWhole(page, text)
}

try {
  if (!options['plot-only']) {
    if (options.data === undefined) throw new Error('--data: expected the folder of the MNIST files, received nothing')
    await trainMissing(options.data)
  }
  plot()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
