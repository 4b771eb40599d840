/** `quadlane train`: trains a model, shows how it goes, and saves it after each epoch. */

import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { modelCheckpoint } from '../callbacks/model-checkpoint.ts'
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
import { modelUrl, prepareFolder, readRun, runMetadata, saveRun } from './run-folder.ts'
import { defaultFolder, type Settings, settingsOf, type TrainFlags, type TrainingState } from './settings.ts'
import { runtimeText, start } from './start.ts'

const WHO = 'train'

const HELP = `
The run is saved after each epoch, every so many seconds, and when a signal such
as Ctrl-C ends it. --resume goes on from there, to the same weights, bit for
bit, as a run without a break, however it was ended. The settings are those of
the saved run, unless --epochs, --data, --batch-size, --learning-rate or --limit
change them; in the middle of an epoch, images and batches must be the same.

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
    .option('--save-steps <n>', 'also save every n steps', integerFlag(WHO, '--save-steps', 1))
    .option('--save-seconds <n>', 'also save every n seconds', numberFlag(WHO, '--save-seconds', { above: 0 }), 60)
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
  /** How far an earlier run has come; undefined for a new one. */
  readonly saved: TrainingState | undefined
  /** Where it was saved. */
  readonly from: string | undefined
  readonly saving: Pick<TrainFlags, 'saveSteps' | 'saveSeconds'>
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
    const run: Run = { settings, folder, images, model, info, saved, from: flags.resume, saving: flags }
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

function introduce({ settings, images, model, info, saved }: Run, output: Output): void {
  const { data, seed, optimizer, learningRate, batchSize, epochs } = settings
  const counts = `${grouped(images.training.size)} images to train on, ${grouped(images.validation.size)} to validate`
  output.say(`quadlane ${VERSION}: ${runtimeText(info)}; seed ${seed}`)
  output.say(`Data: ${data}, ${counts}; ${optimizer}, learning rate ${learningRate}, batches of ${batchSize}`)
  if (saved !== undefined) {
    const { completed, steps } = saved
    const within = steps > 0 ? `step ${grouped(steps)} of epoch ${completed + 1}` : `epoch ${completed}`
    output.say(`Going on after ${within} of ${epochs}`)
  }
  output.say()
  model.summary(undefined, undefined, (line) => output.say(line))
  output.say()
}

async function runEpochs(run: Run, output: Output): Promise<EpochWatch> {
  const { settings, folder, images, model, saved, from, saving } = run
  const { epochs, batchSize } = settings
  const steps = Math.ceil(images.training.size / batchSize)
  const interruptions = new InterruptionWatch()
  const progress = makeProgress(output.streams.stderr, epochs, steps)
  const watch = new EpochWatch(progress, interruptions, saved?.completed ?? 0, (report) =>
    tellEpoch(report, epochs, output),
  )
  const place = { filepath: modelUrl(folder), metadata: runMetadata(settings) }
  const savers = [modelCheckpoint({ ...place, saveSeconds: saving.saveSeconds ?? null })]
  if (saving.saveSteps !== undefined) savers.push(modelCheckpoint({ ...place, saveFreq: saving.saveSteps }))
  const setRate = (): void => {
    model.optimizer!.learningRate = settings.learningRate
  }
  const { training, validation } = images
  try {
    const validationData = validation
    const callbacks = [watch, { onTrainBegin: setRate }, ...savers]
    const resume = from === undefined ? undefined : modelUrl(from)
    await model.fit(training, { epochs, batchSize, validationData, callbacks, resume: resume ?? null })
    return watch
  } catch (error) {
    watch.end()
    if (!(error instanceof Interruption)) throw error
    await saveRun(folder, model, settings)
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
