/** `quadlane train`: trains a model, shows how it goes, and saves it after each epoch. */

import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { modelCheckpoint } from '../callbacks/model-checkpoint.ts'
import { loadLayersModel } from '../model/load-layers-model.ts'
import type { LayersModel } from '../model/model.ts'
import { OPTIMIZER_NAMES, toOptimizer } from '../optimizers/table.ts'
import type { RuntimeInfo } from '../runtime/runtime.ts'
import { VERSION } from '../version.ts'
import { confusionCounts, resultLines } from './confusion.ts'
import { dataKind } from './data-kind.ts'
import {
  DEFAULT_BATCH_SIZE,
  DEFAULT_DATA,
  DEFAULT_EPOCHS,
  DEFAULT_MODEL,
  DEFAULT_OPTIMIZER,
  DEFAULT_PICTURE_BATCH_SIZE,
  DEFAULT_PICTURE_MODEL,
  DEFAULT_SIZE,
  MODEL_NAMES,
  RUNS_FOLDER,
} from './defaults.ts'
import { type EpochReport, EpochWatch } from './epoch-watch.ts'
import {
  addRuntimeFlags,
  batchSizeOption,
  dataOption,
  integerFlag,
  JSON_FLAG,
  nameFlag,
  numberFlag,
  numbersFlag,
} from './flags.ts'
import { type Images, loadImages, type PictureOptions, tellFolder } from './images.ts'
import { Interruption, InterruptionWatch } from './interruption.ts'
import { type Features, headOn, newNetwork, readFeatures } from './network.ts'
import { grouped, helpText, invocation, milliseconds, Output, rounded, type Streams, shown, single } from './output.ts'
import { writePlots } from './plots.ts'
import { makeProgress } from './progress.ts'
import { checkOverwrite, modelUrl, prepareFolder, type RunNotes, readRun, runMetadata, saveRun } from './run-folder.ts'
import {
  defaultFolder,
  type Figures,
  type Settings,
  settingsOf,
  type TrainFlags,
  type TrainingState,
} from './settings.ts'
import { runtimeText, start } from './start.ts'
import { tellSummary } from './summary.ts'

const WHO = 'train'

const HELP = `
Pictures of your own: --data photos, where photos has a folder for each class with
PNG, JPEG, WebP or GIF of any size. A fifth of each is kept to validate, by the
seed. --from fine-tunes a model of any format: its last layer is replaced, the
others are left as they are and run once for each picture.

The run is saved after each epoch, every so many seconds, and when a signal such as
Ctrl-C ends it. --resume goes on from there, to the same weights, bit for bit, as a
run without a break, however it was ended. The settings are those of the saved run,
unless --epochs, --data, --batch-size, --learning-rate or --limit change them; in
the middle of an epoch, images and batches must be the same.

With --json, standard output has a line per epoch (epoch, loss, accuracy, valLoss,
valAccuracy, msPerStep, seconds) and a last one (result, model, data, seed, epochs,
batchSize, threads, build, valLoss, valAccuracy, msPerStep, saved; of pictures
classNames too). seconds is the time of a whole epoch with its validation, msPerStep
that of its training alone, per step.`

export function addTrain(program: Command, streams: Streams): void {
  const command = program.command(WHO).description('train a model on digits or on pictures of your own, and save it')
  const own = (option: Option): Option => option.conflicts('resume')
  command
    .addOption(dataOption(DEFAULT_DATA))
    .addOption(
      own(
        new Option(
          '--model <name>',
          `${MODEL_NAMES.join(', ')} (default: ${DEFAULT_MODEL}; for pictures ${DEFAULT_PICTURE_MODEL})`,
        ).argParser(nameFlag(WHO, '--model', MODEL_NAMES)),
      ),
    )
    .addOption(own(new Option('--from <model>', 'give a saved model, of any format, a new head').conflicts('model')))
    .addOption(
      own(
        new Option('--range <low,high>', 'what black and white are to the model of --from (default: 0,1)').argParser(
          numbersFlag(WHO, '--range', 2),
        ),
      ),
    )
    .addOption(
      own(
        new Option('--size <n>', `width and height that pictures are brought to (default: ${DEFAULT_SIZE})`).argParser(
          integerFlag(WHO, '--size', 8, 1024),
        ),
      ),
    )
    .addOption(own(new Option('--augment', 'vary pictures while training: mirrored, turned, moved, enlarged, lit')))
    .option(
      '--epochs <n>',
      `how often to go through the images (default: ${DEFAULT_EPOCHS.digits}; for MNIST ${DEFAULT_EPOCHS.mnist}, for pictures ${DEFAULT_EPOCHS.pictures})`,
      integerFlag(WHO, '--epochs', 1),
    )
    .addOption(
      batchSizeOption(
        WHO,
        `images per step (default: ${DEFAULT_BATCH_SIZE}; for pictures ${DEFAULT_PICTURE_BATCH_SIZE})`,
      ),
    )
    .addOption(
      own(
        new Option('--optimizer <name>', `${OPTIMIZER_NAMES.join(', ')} (default: ${DEFAULT_OPTIMIZER})`).argParser(
          nameFlag(WHO, '--optimizer', OPTIMIZER_NAMES),
        ),
      ),
    )
    .option(
      '--learning-rate <n>',
      "how far a step goes (default: the optimizer's)",
      numberFlag(WHO, '--learning-rate', { above: 0 }),
    )
    .addOption(
      own(
        new Option('--seed <n>', 'an integer that repeats a run (default: drawn at random, and printed)').argParser(
          integerFlag(WHO, '--seed', 0),
        ),
      ),
    )
    .option('--limit <n>', 'train on the first n images only', integerFlag(WHO, '--limit', 1))
    .option('--out <dir>', `where to save (default: ${RUNS_FOLDER}/<model>-<data>-<time>)`)
    .option('--force', 'overwrite a model that is saved there already')
    .option('--resume <dir>', 'go on with a run that was saved there')
    .option('--save-steps <n>', 'also save every n steps', integerFlag(WHO, '--save-steps', 1))
    .option('--save-seconds <n>', 'also save every n seconds', numberFlag(WHO, '--save-seconds', { above: 0 }), 60)
    .option('--plots', 'write loss, accuracy and confusion matrix beside the model, as SVG')
  addRuntimeFlags(WHO, command)
    .option(...JSON_FLAG)
    .addHelpText('after', helpText(HELP, streams.stdout))
    .action((flags: TrainFlags) => train(flags, new Output(streams, flags.json)))
}

/** A run that is ready to start. */
interface Run {
  readonly settings: Settings
  readonly folder: string
  readonly images: Images
  readonly model: LayersModel
  readonly info: RuntimeInfo
  /** How far an earlier run has come; undefined for a new one. */
  readonly saved: TrainingState | undefined
  /** Where it was saved. */
  readonly from: string | undefined
  readonly flags: TrainFlags
  readonly notes: RunNotes & { readonly history: Figures[] }
}

async function train(flags: TrainFlags, output: Output): Promise<void> {
  const saved = flags.resume === undefined ? undefined : await readRun(WHO, flags.resume)
  const kind = await dataKind(WHO, flags.data ?? saved?.data ?? DEFAULT_DATA)
  const settings = settingsOf(WHO, flags, saved, kind)
  const folder = flags.out ?? flags.resume ?? defaultFolder(settings, kind)
  const isSame = flags.resume !== undefined && resolve(folder) === resolve(flags.resume)
  if (!isSame && flags.force !== true) await checkOverwrite(WHO, folder, output)
  const removeIfEmpty = await prepareFolder(WHO, folder)
  try {
    const info = await start(flags)
    const resumed = flags.resume === undefined || settings.from === null ? undefined : await reread(flags.resume)
    const features =
      settings.from === null || resumed !== undefined
        ? undefined
        : await readFeatures(WHO, settings.from, settings.size, output)
    const shape = resumed?.inputShape.slice(1) ?? features?.inputShape
    const images = await loadImages(
      WHO,
      settings.data,
      output,
      settings.limit ?? undefined,
      reading(settings, saved, shape),
    )
    const model = resumed ?? makeModel(settings, images, features)
    compile(model, settings)
    const notes = { classNames: images.folder?.classNames ?? null, history: [...(saved?.history ?? [])] }
    const run: Run = { settings, folder, images, model, info, saved, from: flags.resume, flags, notes }
    introduce(run, output)
    const watch = await runEpochs(run, output)
    await conclude(run, watch, output)
  } finally {
    await removeIfEmpty()
  }
}

/** A run with a head of its own is made as it was saved: the model that it began with may be gone. */
function reread(folder: string): Promise<LayersModel> {
  return loadLayersModel(modelUrl(folder))
}

/** How pictures are read: at the size of the settings, or as the model of --from wants them. */
function reading(
  { size, seed }: Settings,
  saved: TrainingState | undefined,
  shape: readonly (number | null)[] | undefined,
): PictureOptions {
  const [height, width, channels] = shape ?? [size, size, 3]
  return {
    size: [height ?? DEFAULT_SIZE, width ?? DEFAULT_SIZE],
    channels: channels === 1 ? 1 : 3,
    seed,
    ...(saved?.classNames ? { classNames: saved.classNames } : {}),
  }
}

function makeModel(settings: Settings, { training }: Images, features: Features | undefined): LayersModel {
  const { inputShape, classes } = training
  return features === undefined ? newNetwork(settings, inputShape, classes) : headOn(features, settings, classes)
}

function compile(model: LayersModel, { optimizer, learningRate }: Settings): void {
  const loss = 'categoricalCrossentropy'
  model.compile({ optimizer: toOptimizer(WHO, optimizer, learningRate), loss, metrics: 'accuracy' })
}

function introduce({ settings, images, model, info, saved }: Run, output: Output): void {
  const { data, seed, optimizer, learningRate, batchSize, epochs } = settings
  const counts = `${grouped(images.training.size)} images to train on, ${grouped(images.validation.size)} to validate`
  output.say(`quadlane ${VERSION}: ${runtimeText(info)}; seed ${seed}`)
  output.say(`Data: ${shown(data)}, ${counts}; ${optimizer}, learning rate ${learningRate}, batches of ${batchSize}`)
  if (images.folder !== undefined) {
    const [height, width] = images.training.inputShape
    output.say(`${images.training.classes} classes, pictures of ${width} x ${height}:`)
    tellFolder(images.folder, output)
  }
  if (saved !== undefined) {
    const { completed, steps } = saved
    const within = steps > 0 ? `step ${grouped(steps)} of epoch ${completed + 1}` : `epoch ${completed}`
    output.say(`Going on after ${within} of ${epochs}`)
  }
  output.say()
  tellSummary(model, output)
  output.say()
}

async function runEpochs(run: Run, output: Output): Promise<EpochWatch> {
  const { settings, folder, images, model, saved, from, flags, notes } = run
  const { epochs, batchSize } = settings
  const steps = Math.ceil(images.training.size / batchSize)
  const interruptions = new InterruptionWatch()
  const progress = makeProgress(output.streams.stderr, epochs, steps)
  const watch = new EpochWatch(progress, interruptions, saved?.completed ?? 0, (report) => {
    const { loss, accuracy, valLoss, valAccuracy } = report
    notes.history.push({ loss, accuracy, valLoss, valAccuracy })
    tellEpoch(report, epochs, output)
  })
  const place = { filepath: modelUrl(folder), metadata: runMetadata(settings, notes) }
  const savers = [modelCheckpoint({ ...place, saveSeconds: flags.saveSeconds ?? null })]
  if (flags.saveSteps !== undefined) savers.push(modelCheckpoint({ ...place, saveFreq: flags.saveSteps }))
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
    await saveRun(folder, model, settings, notes)
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

/** The figures of an epoch, in the longest form that fits. */
export function epochLine(report: EpochReport, epochs: number, columns: number): string {
  const { epoch, steps, msPerStep, seconds } = report
  const name = `Epoch ${epoch}/${epochs}`
  const [loss, valLoss] = [report.loss, report.valLoss].map((value) => value.toFixed(4))
  const [accuracy, valAccuracy] = [report.accuracy, report.valAccuracy].map((value) => value.toFixed(4))
  const time = `${seconds.toFixed(1)} s`
  const forms = [
    `${name}: loss ${loss}, accuracy ${accuracy}, val loss ${valLoss}, val accuracy ${valAccuracy} (${time}, ${steps} steps of ${milliseconds(msPerStep)})`,
    `${name}: loss ${loss}, acc ${accuracy}, val loss ${valLoss}, val acc ${valAccuracy} (${time})`,
    `${name}: loss ${loss}, acc ${accuracy}, val ${valLoss}, ${valAccuracy}`,
    `${epoch}/${epochs} ${loss} ${accuracy} ${valLoss} ${valAccuracy}`,
  ]
  return forms.find((line) => line.length <= columns) ?? forms.at(-1)!
}

function tellEpoch(report: EpochReport, epochs: number, output: Output): void {
  const { epoch, loss, accuracy, valLoss, valAccuracy, msPerStep, seconds } = report
  output.say(epochLine(report, epochs, output.columns))
  const times = { msPerStep: rounded(msPerStep), seconds: rounded(seconds) }
  const figures = { loss: single(loss), accuracy: single(accuracy) }
  const valFigures = { valLoss: single(valLoss), valAccuracy: single(valAccuracy) }
  output.emit({ epoch, ...figures, ...valFigures, ...times })
}

async function conclude(run: Run, watch: EpochWatch, output: Output): Promise<void> {
  const { settings, folder, images, model, info, flags, notes } = run
  const { data, seed, epochs, batchSize } = settings
  const { valLoss, valAccuracy } = watch.last!
  const names = notes.classNames ?? undefined
  const counts = confusionCounts(model, images.validation, batchSize)
  output.say()
  for (const line of resultLines(counts, valLoss, names, output.columns)) output.say(line)
  output.say()
  if (flags.plots === true) {
    const plots = await writePlots(folder, { history: notes.history, counts, ...(names && { names }) })
    output.say(`Plots: ${plots.map((file) => shown(join(folder, file))).join(', ')}`)
  }
  output.say(`Saved in ${shown(folder)}. To ${names ? 'use it' : 'see some of its predictions'}:`)
  output.say(`  ${invocation()} predict ${shown(folder)} ${names ? 'photo.jpg' : '--index 0 1 2'}`)
  output.emit({
    result: true,
    model: settings.model ?? settings.from,
    data,
    seed,
    epochs,
    batchSize,
    threads: info.threads,
    build: info.build,
    ...(names && { classNames: names }),
    valLoss: single(valLoss),
    valAccuracy: single(valAccuracy),
    msPerStep: rounded(watch.msPerStep),
    saved: resolve(folder),
  })
}
