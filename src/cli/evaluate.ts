/** `quadlane evaluate`: loss, accuracy and confusion matrix of a saved model. */

import type { Command } from 'commander'
import { ArgumentError } from '../errors.ts'
import { readAnyModel } from './any-model.ts'
import { confusionCounts, resultLines } from './confusion.ts'
import { DEFAULT_BATCH_SIZE, DEFAULT_DATA } from './defaults.ts'
import { addRuntimeFlags, batchSizeOption, dataOption, JSON_FLAG, type RuntimeFlags } from './flags.ts'
import { fullDataName, loadValidation } from './images.ts'
import { grouped, Output, type Streams, single } from './output.ts'
import { readState } from './run-folder.ts'
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
    .argument('[dir]', 'a folder, a file of any format, or a URL')
    .option('--model-dir <dir>', 'the same as [dir]')
    .addOption(dataOption('what the model was trained on'))
    .addOption(batchSizeOption(WHO, 'images that are computed at once').default(DEFAULT_BATCH_SIZE))
  addRuntimeFlags(WHO, command)
    .option(...JSON_FLAG)
    .action((dir: string | undefined, flags: EvaluateFlags) => evaluate(dir, flags, new Output(streams, flags.json)))
}

async function evaluate(dir: string | undefined, flags: EvaluateFlags, output: Output): Promise<void> {
  const folder = dir ?? flags.modelDir
  if (folder === undefined || (dir !== undefined && flags.modelDir !== undefined)) {
    const received = folder === undefined ? 'none' : 'two'
    throw new ArgumentError({ who: WHO, expected: 'one folder of a model', received, hint: 'quadlane evaluate DIR' })
  }
  const { batchSize } = flags
  await start(flags)
  const model = await readAnyModel(folder)
  const data = await dataOf(folder, flags.data)
  const images = await loadValidation(WHO, data, output.streams.stderr)
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: 'accuracy' })
  const [loss, accuracy] = [model.evaluate(images, { batchSize })].flat().map((figure) => figure.dataSync()[0]!)
  const confusion = confusionCounts(model, images, batchSize)
  output.say(`${folder} on ${data}, ${grouped(images.size)} images`)
  for (const line of resultLines(confusion, loss!)) output.say(line)
  output.emit({ model: folder, data, images: images.size, loss: single(loss!), accuracy: single(accuracy!), confusion })
}

/** The data to look at: what the flag says, or what the model was trained on. */
export async function dataOf(folder: string, flag: string | undefined): Promise<string> {
  if (flag !== undefined) return fullDataName(flag)
  return (await readState(folder))?.data ?? DEFAULT_DATA
}
