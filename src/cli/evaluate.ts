/** `quadlane evaluate`: loss, accuracy and confusion matrix of a saved model. */

import type { Command } from 'commander'
import { ArgumentError, showShape } from '../errors.ts'
import type { LayersModel } from '../model/model.ts'
import { readAnyModel } from './any-model.ts'
import { confusionCounts, resultLines } from './confusion.ts'
import { fullDataName } from './data-kind.ts'
import { DEFAULT_BATCH_SIZE, DEFAULT_DATA, DEFAULT_SIZE } from './defaults.ts'
import { addRuntimeFlags, batchSizeOption, dataOption, JSON_FLAG, type RuntimeFlags } from './flags.ts'
import { loadValidation, type PictureOptions, VALIDATION_SPLIT } from './images.ts'
import { grouped, Output, type Streams, shown, single } from './output.ts'
import { readState } from './run-folder.ts'
import type { TrainingState } from './settings.ts'
import { start } from './start.ts'

interface EvaluateFlags extends RuntimeFlags {
  readonly modelDir?: string
  readonly data?: string
  readonly batchSize: number
  readonly json?: boolean
}

const WHO = 'evaluate'

export function addEvaluate(program: Command, streams: Streams): void {
  const command = program
    .command(WHO)
    .description('test a saved model: loss, accuracy, confusion matrix')
    .argument('[dir]', 'the folder of the model, or its file')
    .argument('[data]', 'the same as --data: pictures, a folder for each class')
    .option('--model-dir <dir>', 'the same as [dir]')
    .addOption(dataOption('what the model was trained on'))
    .addOption(batchSizeOption(WHO, 'images that are computed at once').default(DEFAULT_BATCH_SIZE))
  addRuntimeFlags(WHO, command)
    .option(...JSON_FLAG)
    .action((dir: string | undefined, data: string | undefined, flags: EvaluateFlags) => {
      return evaluate(dir, data, flags, new Output(streams, flags.json))
    })
}

async function evaluate(
  dir: string | undefined,
  pictures: string | undefined,
  flags: EvaluateFlags,
  output: Output,
): Promise<void> {
  const folder = dir ?? flags.modelDir
  if (folder === undefined || (dir !== undefined && flags.modelDir !== undefined)) {
    const received = folder === undefined ? 'none' : 'two'
    throw new ArgumentError({ who: WHO, expected: 'one folder of a model', received, hint: 'quadlane evaluate DIR' })
  }
  const { batchSize } = flags
  await start(flags)
  const model = await readAnyModel(folder, output)
  const state = await readState(folder)
  const data = dataOf(state, pictures ?? flags.data)
  const images = await loadValidation(WHO, data, output, () => picturesFor(WHO, model, state, data))
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: 'accuracy' })
  const [loss, accuracy] = [model.evaluate(images, { batchSize })].flat().map((figure) => figure.dataSync()[0]!)
  const confusion = confusionCounts(model, images, batchSize)
  output.say(`${shown(folder)} on ${shown(data)}, ${grouped(images.size)} images`)
  const names = state?.classNames ?? undefined
  for (const line of resultLines(confusion, loss!, names, output.columns)) output.say(line)
  const named = names === undefined ? {} : { classNames: names }
  const figures = { loss: single(loss!), accuracy: single(accuracy!), confusion }
  output.emit({ model: folder, data, images: images.size, ...named, ...figures })
}

/** The data to look at: what the flag says, or what the model was trained on. */
export function dataOf(state: TrainingState | undefined, flag: string | undefined): string {
  return flag === undefined ? (state?.data ?? DEFAULT_DATA) : fullDataName(flag)
}

/**
 * How a model reads pictures: its size and channels, the classes in its order. Of the folder that it was trained on, the part
 * that was kept to validate; of others all.
 */
export function picturesFor(
  who: string,
  model: LayersModel,
  state: TrainingState | undefined,
  data?: string,
): PictureOptions {
  const [, height, width, channels] = model.inputShape
  if (model.inputShape.length !== 4 || (channels !== 1 && channels !== 3)) {
    const received = showShape(model.inputShape)
    throw new ArgumentError({ who, expected: 'a model of pictures [*, height, width, 3 or 1]', received })
  }
  const isOwn = state !== undefined && data === state.data
  const division = isOwn ? { validationSplit: VALIDATION_SPLIT, seed: state.seed } : { validationSplit: 0 }
  const named = state?.classNames ?? undefined
  if (named === undefined && isDigitModel(model)) {
    return { digits: true, classNames: Array.from({ length: 10 }, (_, digit) => String(digit)), ...division }
  }
  const size = [height ?? DEFAULT_SIZE, width ?? DEFAULT_SIZE] as const
  return { size, channels, ...(named === undefined ? {} : { classNames: named }), ...division }
}

/** Whether a model reads pictures as MNIST has them. */
function isDigitModel(model: LayersModel): boolean {
  return showShape(model.inputShape.slice(1)) === '[28, 28, 1]' && model.outputShape.at(-1) === 10
}
