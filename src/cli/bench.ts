/** `quadlane bench`: how fast models train and predict here, and the matrix product under them beside the ceiling. */

import type { Command } from 'commander'
import { syntheticDigits } from '../data/digits.ts'
import { matMul } from '../ops/matmul.ts'
import { randomUniform } from '../ops/random.ts'
import { type ProfileInfo, profile } from '../profile.ts'
import { probePeak } from '../runtime/peak.ts'
import { type RuntimeInfo, runtime } from '../runtime/runtime.ts'
import { allocate, type Tensor } from '../tensor.ts'
import { tableLines } from '../text-table.ts'
import { VERSION } from '../version.ts'
import { DEFAULT_BATCH_SIZE, DIGIT_MODEL_NAMES, MODEL_NAMES, MODELS, type ModelName } from './defaults.ts'
import { addRuntimeFlags, batchSizeOption, JSON_FLAG, nameFlag, numberFlag, type RuntimeFlags } from './flags.ts'
import { grouped, milliseconds, Output, rounded, type Streams } from './output.ts'
import { runtimeText, start } from './start.ts'

interface BenchFlags extends RuntimeFlags {
  readonly model?: ModelName
  readonly batchSize: number
  readonly seconds: number
  readonly profile?: boolean
  readonly json?: boolean
}

/** Milliseconds: the median of several runs. */
interface ModelTimes {
  readonly model: ModelName
  readonly params: number
  readonly trainMs: number
  readonly predictMs: number
  readonly predictOneMs: number
  /** A training step of median length, with --profile. */
  readonly step?: ProfileInfo<unknown>
}

interface MatrixRate {
  readonly size: number
  readonly gflops: number
  /** The share of the ceiling, from 0 to 1. */
  readonly share: number
}

const WHO = 'bench'
const MATRIX_SIZES = [64, 128, 256, 512, 1024]

export function addBench(program: Command, streams: Streams): void {
  const command = program
    .command(WHO)
    .description('time training steps, predictions and matrix products')
    .option('--model <name>', 'one model only', nameFlag(WHO, '--model', MODEL_NAMES))
    .addOption(batchSizeOption(WHO, 'images per step').default(DEFAULT_BATCH_SIZE))
    .option('--seconds <n>', 'time for each figure', numberFlag(WHO, '--seconds', { above: 0, max: 600 }), 1)
    .option('--profile', 'show how long each kernel of a training step takes')
  addRuntimeFlags(WHO, command)
    .option(...JSON_FLAG)
    .action((flags: BenchFlags) => bench(flags, new Output(streams, flags.json)))
}

async function bench(flags: BenchFlags, output: Output): Promise<void> {
  const { model, batchSize, seconds } = flags
  const info = await start(flags)
  output.say(`quadlane ${VERSION}: ${runtimeText(info)}`)
  output.say()
  const models: ModelTimes[] = []
  for (const name of model === undefined ? DIGIT_MODEL_NAMES : [model]) models.push(await timeModel(name, flags))
  for (const line of modelTable(models, batchSize)) output.say(line)
  for (const { model, step } of models) {
    if (step !== undefined) output.say(`\nA training step of ${model}\n${step}`)
  }
  output.say()
  const ceiling = probePeak(runtime(WHO), 1000 * Math.min(1, seconds))
  const matrices: MatrixRate[] = []
  for (const size of MATRIX_SIZES) {
    const gflops = await timeProduct(size, seconds)
    matrices.push({ size, gflops: rounded(gflops, 2), share: rounded(gflops / ceiling) })
  }
  for (const line of matrixTable(matrices)) output.say(line)
  output.say(`Ceiling: ${ceiling.toFixed(1)} GFLOP/s, multiply-adds and nothing else`)
  output.emit({ ...facts(info), batchSize, models, ceiling: rounded(ceiling, 2), matrices })
}

function facts({ build, threads, version }: RuntimeInfo): object {
  return { build, threads, version }
}

async function timeModel(name: ModelName, flags: BenchFlags): Promise<ModelTimes> {
  const { batchSize, seconds } = flags
  const digits = syntheticDigits({ count: batchSize, seed: 1 })
  const model = MODELS[name]({ inputShape: digits.inputShape, classes: digits.classes, seed: 1 })
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
  const indices = Int32Array.from({ length: batchSize }, (_, i) => i)
  const x = allocate(WHO, [batchSize, ...digits.inputShape])
  const y = allocate(WHO, [batchSize, digits.classes])
  digits.fillInputs(indices, x.view() as Float32Array)
  digits.fillOneHot(indices, y.view() as Float32Array)
  const trainMs = await median(seconds, () => model.trainOnBatch(x, y))
  const step = flags.profile === true ? await medianStep(seconds, () => model.trainOnBatch(x, y)) : undefined
  const predictMs = await median(seconds, () => model.predictOnBatch(x).dispose())
  const one = digits.take(1)
  const predictOneMs = await median(seconds, () => model.predict(one).dispose())
  const params = model.countParams()
  x.dispose()
  y.dispose()
  model.dispose()
  const [train, predict, predictOne] = [trainMs, predictMs, predictOneMs].map((ms) => rounded(ms, 4))
  const times = { model: name, params, trainMs: train!, predictMs: predict!, predictOneMs: predictOne! }
  return step === undefined ? times : { ...times, step }
}

/** GFLOP/s of [size, size] by [size, size]. */
async function timeProduct(size: number, seconds: number): Promise<number> {
  const [a, b] = [1, 2].map((seed) => randomUniform([size, size], -1, 1, 'float32', seed)) as [Tensor, Tensor]
  const ms = await median(seconds, () => matMul(a, b).dispose())
  a.dispose()
  b.dispose()
  return (2 * size ** 3) / ms / 1e6
}

/** The median time of a run in ms: after two to warm up, at least three and as many as fit into `seconds`. */
async function median(seconds: number, run: () => unknown): Promise<number> {
  const times = await repeat(seconds, async () => {
    const begun = performance.now()
    await run()
    return performance.now() - begun
  })
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!
}

/** The profile of a run of median length. */
async function medianStep(seconds: number, run: () => unknown): Promise<ProfileInfo<unknown>> {
  const profiles = await repeat(seconds, () => profile(run))
  return profiles.sort((a, b) => a.wallMs - b.wallMs)[Math.floor(profiles.length / 2)]!
}

async function repeat<T>(seconds: number, run: () => Promise<T>): Promise<T[]> {
  await run()
  await run()
  const results: T[] = []
  const end = performance.now() + 1000 * seconds
  while (results.length < 3 || performance.now() < end) results.push(await run())
  return results
}

function modelTable(models: readonly ModelTimes[], batchSize: number): string[] {
  const header = ['Model', 'Parameters', `Train step (${batchSize})`, `Predict (${batchSize})`, 'Predict (1)']
  const rows = models.map(({ model, params, trainMs, predictMs, predictOneMs }) => {
    return [model, grouped(params), ...[trainMs, predictMs, predictOneMs].map(milliseconds)]
  })
  return tableLines([header, ...rows], '   ')
}

function matrixTable(matrices: readonly MatrixRate[]): string[] {
  const rows = matrices.map(({ size, gflops, share }) => {
    return [`${size} x ${size} x ${size}`, gflops.toFixed(1), `${(100 * share).toFixed(0)} %`]
  })
  return tableLines([['Matrix product', 'GFLOP/s', 'Of the ceiling'], ...rows], '   ')
}
