/** `quadlane train`: trains a model, shows how it goes, and saves it after each epoch. */

import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { loadLayersModel } from '../model/load-layers-model.ts'
import type { Sequential } from '../model/sequential.ts'
import { OPTIMIZER_NAMES, toOptimizer } from '../optimizers/table.ts'
import type { RuntimeInfo } from '../runtime/runtime.ts'
import { VERSION } from '../version.ts'
import { confusionCounts, resultLines } from './confusion.ts'
import {
  DEFAULT_BATCH_SIZE,
  DEFAULT_DATA,
  DEFAULT_MODEL,
  DEFAULT_OPTIMIZER,
  defaultEpochs,
  MODEL_NAMES,
  MODELS,
  RUNS_FOLDER,
} from './defaults.ts'
import { type EpochReport, EpochWatch } from './epoch-watch.ts'
import { addRuntimeFlags, batchSizeOption, dataOption, integerFlag, JSON_FLAG, nameFlag, numberFlag } from './flags.ts'
import { type Images, loadImages } from './images.ts'
import { Interruption, InterruptionWatch } from './interruption.ts'
import { grouped, invocation, milliseconds, Output, rounded, type Streams, shown, single } from './output.ts'
import { makeProgress } from './progress.ts'
import { modelUrl, prepareFolder, readRun, restoreOptimizer, saveRun } from './run-folder.ts'
import { defaultFolder, type Settings, settingsOf, type TrainFlags, type TrainingState } from './settings.ts'
import { runtimeText, start } from './start.ts'

const WHO = 'train'

const HELP = `
The model is saved after each epoch, and when Ctrl-C ends the run. --resume goes
on from there with the weights and the optimizer's state; an epoch that was cut
short is done again, and images come in another order than in a run without a
break. The settings are those of the saved run, unless --epochs, --data,
--batch-size, --learning-rate or --limit change them.

With --json, standard output has a line per epoch (epoch, loss, accuracy,
valLoss, valAccuracy, msPerStep, seconds) and a last one (result, model, data,
seed, epochs, batchSize, threads, build, valLoss, valAccuracy, msPerStep,
saved). seconds is the time of a whole epoch with its validation, msPerStep that
of its training alone, per step.`

export function addTrain(program: Command, streams: Streams): void {
  const command = program.command(WHO).description('train a model on images of digits and save it')
  command
    .addOption(dataOption(DEFAULT_DATA))
    .addOption(
      new Option('--model <name>', `${MODEL_NAMES.join(', ')} (default: ${DEFAULT_MODEL})`)
        .conflicts('resume')
        .argParser(nameFlag(WHO, '--model', MODEL_NAMES)),
    )
    .option(
      '--epochs <n>',
      `how often to go through the images (default: ${defaultEpochs('digits')}; for MNIST ${defaultEpochs('mnist')})`,
      integerFlag(WHO, '--epochs', 1),
    )
    .addOption(batchSizeOption(WHO, `images per step (default: ${DEFAULT_BATCH_SIZE})`))
    .addOption(
      new Option('--optimizer <name>', `${OPTIMIZER_NAMES.join(', ')} (default: ${DEFAULT_OPTIMIZER})`)
        .conflicts('resume')
        .argParser(nameFlag(WHO, '--optimizer', OPTIMIZER_NAMES)),
    )
    .option(
      '--learning-rate <n>',
      "how far a step goes (default: the optimizer's)",
      numberFlag(WHO, '--learning-rate', { above: 0 }),
    )
    .addOption(
      new Option('--seed <n>', 'an integer that repeats a run (default: drawn at random, and printed)')
        .conflicts('resume')
        .argParser(integerFlag(WHO, '--seed', 0)),
    )
    .option('--limit <n>', 'train on the first n images only', integerFlag(WHO, '--limit', 1))
    .option('--out <dir>', `where to save (default: ${RUNS_FOLDER}/<model>-<data>-<time>)`)
    .option('--resume <dir>', 'go on with a run that was saved there')
  addRuntimeFlags(WHO, command)
    .option(...JSON_FLAG)
    .addHelpText('after', HELP)
    .action((flags: TrainFlags) => train(flags, new Output(streams, flags.json)))
}

/** A run that is ready to start. */
interface Run {
  readonly settings: Settings
  readonly folder: string
  readonly images: Images
  readonly model: Sequential
  readonly info: RuntimeInfo
  /** Epochs that an earlier run has completed. */
  readonly completed: number
}

async function train(flags: TrainFlags, output: Output): Promise<void> {
  const saved = flags.resume === undefined ? undefined : await readRun(WHO, flags.resume)
  const settings = settingsOf(WHO, flags, saved)
  const folder = flags.out ?? flags.resume ?? defaultFolder(settings)
  const removeIfEmpty = await prepareFolder(WHO, folder)
  try {
    const info = await start(flags)
    const images = await loadImages(WHO, settings.data, output.streams.stderr, settings.limit ?? undefined)
    const model = makeModel(settings)
    if (flags.resume !== undefined && saved !== undefined) await restore(model, flags.resume, saved, images)
    const run: Run = { settings, folder, images, model, info, completed: saved?.completed ?? 0 }
    introduce(run, output)
    const watch = await runEpochs(run, output)
    conclude(run, watch, output)
  } finally {
    await removeIfEmpty()
  }
}

function makeModel(settings: Settings): Sequential {
  const { seed, optimizer, learningRate } = settings
  const model = MODELS[settings.model]({ seed })
  const loss = 'categoricalCrossentropy'
  model.compile({ optimizer: toOptimizer(WHO, optimizer, learningRate), loss, metrics: 'accuracy' })
  return model
}

/** Brings a new model to where the saved run stood. */
async function restore(model: Sequential, folder: string, saved: TrainingState, images: Images): Promise<void> {
  model.makeWeights()
  const loaded = await loadLayersModel(modelUrl(folder))
  const weights = loaded.getWeights()
  model.setWeights(weights)
  for (const weight of weights) weight.dispose()
  loaded.dispose()
  await restoreOptimizer(folder, model, saved.iterations)
  // Each epoch's order is drawn from one stream: go past what has been drawn, or the first orders come again.
  const order = new Int32Array(images.training.size)
  for (let epoch = 0; epoch < saved.completed; epoch++) model.random.shuffle.shuffle(order)
}

function introduce({ settings, images, model, info, completed }: Run, output: Output): void {
  const { data, seed, optimizer, learningRate, batchSize, epochs } = settings
  const counts = `${grouped(images.training.size)} images to train on, ${grouped(images.validation.size)} to validate`
  output.say(`quadlane ${VERSION}: ${runtimeText(info)}; seed ${seed}`)
  output.say(`Data: ${data}, ${counts}; ${optimizer}, learning rate ${learningRate}, batches of ${batchSize}`)
  if (completed > 0) output.say(`Going on after epoch ${completed} of ${epochs}`)
  output.say()
  model.summary(undefined, undefined, (line) => output.say(line))
  output.say()
}

async function runEpochs(run: Run, output: Output): Promise<EpochWatch> {
  const { settings, folder, images, model, completed } = run
  const { epochs, batchSize } = settings
  const steps = Math.ceil(images.training.size / batchSize)
  const interruptions = new InterruptionWatch()
  const progress = makeProgress(output.streams.stderr, epochs, steps)
  const watch = new EpochWatch(progress, interruptions, completed, async (report) => {
    await saveRun(folder, model, settings, report.epoch)
    tellEpoch(report, epochs, output)
  })
  const { training, validation } = images
  try {
    const validationData = validation
    await model.fit(training, { epochs, initialEpoch: completed, batchSize, validationData, callbacks: watch })
    return watch
  } catch (error) {
    watch.end()
    if (!(error instanceof Interruption)) throw error
    await saveRun(folder, model, settings, watch.completed)
    const where = `in epoch ${watch.completed + 1} of ${epochs}, after ${watch.steps} of ${steps} steps`
    const next = `${invocation()} train --resume ${shown(folder)}`
    throw new Interruption(
      `interrupted ${where}; the model is saved in ${shown(folder)}; go on with: ${next}`,
      error.exitCode,
    )
  } finally {
    interruptions.stop()
  }
}

function tellEpoch(report: EpochReport, epochs: number, output: Output): void {
  const { epoch, loss, accuracy, valLoss, valAccuracy, steps, msPerStep, seconds } = report
  const training = `loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}`
  const validation = `val loss ${valLoss.toFixed(4)}, val accuracy ${valAccuracy.toFixed(4)}`
  const time = `${seconds.toFixed(1)} s, ${steps} steps of ${milliseconds(msPerStep)}`
  output.say(`Epoch ${epoch}/${epochs}: ${training}, ${validation} (${time})`)
  const times = { msPerStep: rounded(msPerStep), seconds: rounded(seconds) }
  const figures = { loss: single(loss), accuracy: single(accuracy) }
  const valFigures = { valLoss: single(valLoss), valAccuracy: single(valAccuracy) }
  output.emit({ epoch, ...figures, ...valFigures, ...times })
}

function conclude({ settings, folder, images, model, info }: Run, watch: EpochWatch, output: Output): void {
  const { data, seed, epochs, batchSize } = settings
  const { valLoss, valAccuracy } = watch.last!
  const counts = confusionCounts(model, images.validation, batchSize)
  output.say()
  for (const line of resultLines(counts, valLoss)) output.say(line)
  output.say()
  output.say(`Saved in ${shown(folder)}. To see some of its predictions:`)
  output.say(`  ${invocation()} predict ${shown(folder)} --index 0 1 2`)
  output.emit({
    result: true,
    model: settings.model,
    data,
    seed,
    epochs,
    batchSize,
    threads: info.threads,
    build: info.build,
    valLoss: single(valLoss),
    valAccuracy: single(valAccuracy),
    msPerStep: rounded(watch.msPerStep),
    saved: resolve(folder),
  })
}
