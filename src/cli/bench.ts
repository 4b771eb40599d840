/** `quadlane bench`: how fast models train and predict here, and the matrix product under them. */

import type { Command } from 'commander'
import { syntheticDigits } from '../data/digits.ts'
import { matMul } from '../ops/matmul.ts'
import { randomUniform } from '../ops/random.ts'
import type { RuntimeInfo } from '../runtime/runtime.ts'
import { allocate, type Tensor } from '../tensor.ts'
import { tableLines } from '../text-table.ts'
import { VERSION } from '../version.ts'
import { DEFAULT_BATCH_SIZE, MODEL_NAMES, MODELS, type ModelName } from './defaults.ts'
import { addRuntimeFlags, batchSizeOption, JSON_FLAG, nameFlag, numberFlag, type RuntimeFlags } from './flags.ts'
import { grouped, milliseconds, Output, rounded, type Streams } from './output.ts'
import { runtimeText, start } from './start.ts'

interface BenchFlags extends RuntimeFlags {
  readonly model?: ModelName
  readonly batchSize: number
  readonly seconds: number
  readonly json?: boolean
}

/** Milliseconds: the median of several runs. */
interface ModelTimes {
  readonly model: ModelName
  readonly params: number
  readonly trainMs: number
  readonly predictMs: number
  readonly predictOneMs: number
}

const WHO = 'bench'
const MATRIX_SIZES = [128, 256, 512, 1024]

export function addBench(program: Command, streams: Streams): void {
  const command = program
    .command(WHO)
    .description('time training steps, predictions and matrix products')
    .option('--model <name>', 'one model only', nameFlag(WHO, '--model', MODEL_NAMES))
    .addOption(batchSizeOption(WHO, 'images per step').default(DEFAULT_BATCH_SIZE))
    .option('--seconds <n>', 'time for each figure', numberFlag(WHO, '--seconds', { above: 0, max: 600 }), 1)
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
  for (const name of model === undefined ? MODEL_NAMES : [model]) models.push(await timeModel(name, batchSize, seconds))
  for (const line of modelTable(models, batchSize)) output.say(line)
  output.say()
  const matrices: { size: number; gflops: number }[] = []
  for (const size of MATRIX_SIZES) matrices.push({ size, gflops: rounded(await timeProduct(size, seconds), 2) })
  for (const line of matrixTable(matrices)) output.say(line)
  output.emit({ ...facts(info), batchSize, models, matrices })
}

function facts({ build, threads, version }: RuntimeInfo): object {
  return { build, threads, version }
}

async function timeModel(name: ModelName, batchSize: number, seconds: number): Promise<ModelTimes> {
  const model = MODELS[name]({ seed: 1 })
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
  const digits = syntheticDigits({ count: batchSize, seed: 1 })
  const indices = Int32Array.from({ length: batchSize }, (_, i) => i)
  const x = allocate(WHO, [batchSize, ...digits.inputShape])
  const y = allocate(WHO, [batchSize, digits.classes])
  digits.fillInputs(indices, x.view() as Float32Array)
  digits.fillOneHot(indices, y.view() as Float32Array)
  const trainMs = await median(seconds, () => model.trainOnBatch(x, y))
  const predictMs = await median(seconds, () => model.predictOnBatch(x).dispose())
  const one = digits.take(1)
  const predictOneMs = await median(seconds, () => model.predict(one).dispose())
  const params = model.countParams()
  x.dispose()
  y.dispose()
  model.dispose()
  const [train, predict, predictOne] = [trainMs, predictMs, predictOneMs].map((ms) => rounded(ms, 4))
  return { model: name, params, trainMs: train!, predictMs: predict!, predictOneMs: predictOne! }
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
  await run()
  await run()
  const times: number[] = []
  const end = performance.now() + 1000 * seconds
  while (times.length < 3 || performance.now() < end) {
    const begun = performance.now()
    await run()
    times.push(performance.now() - begun)
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!
}

function modelTable(models: readonly ModelTimes[], batchSize: number): string[] {
  const header = ['Model', 'Parameters', `Train step (${batchSize})`, `Predict (${batchSize})`, 'Predict (1)']
  const rows = models.map(({ model, params, trainMs, predictMs, predictOneMs }) => {
    return [model, grouped(params), ...[trainMs, predictMs, predictOneMs].map(milliseconds)]
  })
  return tableLines([header, ...rows], '   ')
}

function matrixTable(matrices: readonly { size: number; gflops: number }[]): string[] {
  const rows = matrices.map(({ size, gflops }) => [`${size} x ${size} x ${size}`, gflops.toFixed(1)])
  return tableLines([['Matrix product', 'GFLOP/s'], ...rows], '   ')
}
