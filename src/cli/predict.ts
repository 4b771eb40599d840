/** `quadlane predict`: shows images and what a saved model reads in them. */

import { type Command, Option } from 'commander'
import type { ImageDataset } from '../data/dataset.ts'
import { ArgumentError } from '../errors.ts'
import type { LayersModel } from '../model/model.ts'
import { readAnyModel } from './any-model.ts'
import { SHOWN_IMAGES } from './defaults.ts'
import { argMax, beside, imageLines, percent, probabilityLines } from './digit-art.ts'
import { dataOf } from './evaluate.ts'
import { addRuntimeFlags, dataOption, integerFlag, JSON_FLAG, type RuntimeFlags } from './flags.ts'
import { readImages } from './image-files.ts'
import { loadValidation } from './images.ts'
import { grouped, Output, type Streams, single } from './output.ts'
import { start } from './start.ts'

interface PredictFlags extends RuntimeFlags {
  readonly data?: string
  readonly index?: readonly number[]
  readonly json?: boolean
}

/** Images to look at, and which of them. */
interface Source {
  readonly name: string
  readonly images: ImageDataset
  readonly labelled: boolean
  readonly indices: readonly number[]
}

const WHO = 'predict'

const HELP = `
A file is an IDX file of images, gzipped or not, of which the first ${SHOWN_IMAGES} are shown
or those that --index names; or the bare bytes of one image, 784 for 28x28.
Without a file, images come from the validation set of --data.`

export function addPredict(program: Command, streams: Streams): void {
  const index = integerFlag(WHO, '--index', 0)
  const command = program
    .command(WHO)
    .description('show images and what a saved model reads in them')
    .argument('<dir>', 'a folder, a file of any format, or a URL')
    .argument('[file...]', 'files with images')
    .addOption(dataOption('what the model was trained on'))
    .addOption(
      new Option('--index <i...>', 'which images, from 0').argParser((text: string, before: number[] = []) => {
        return [...before, index(text)]
      }),
    )
  addRuntimeFlags(WHO, command)
    .option(...JSON_FLAG)
    .addHelpText('after', HELP)
    .action((dir: string, files: string[], flags: PredictFlags) => {
      return predict(dir, files, flags, new Output(streams, flags.json))
    })
}

async function predict(folder: string, files: readonly string[], flags: PredictFlags, output: Output): Promise<void> {
  await start(flags)
  const model = await readAnyModel(folder)
  const sources =
    files.length === 0 ? [await dataSource(folder, flags, output)] : await fileSources(model, files, flags.index)
  for (const source of sources) {
    for (const i of source.indices) showImage(model, source, i, output)
    const more = source.images.size - source.indices.length
    if (files.length > 0 && flags.index === undefined && more > 0) {
      output.say(`${source.name} has ${grouped(more)} more; --index chooses`)
    }
  }
}

async function dataSource(folder: string, flags: PredictFlags, output: Output): Promise<Source> {
  const name = await dataOf(folder, flags.data)
  const images = await loadValidation(WHO, name, output.streams.stderr)
  const { index: indices = [0] } = flags
  checkIndices(name, indices, images.size)
  return { name, images, labelled: true, indices }
}

async function fileSources(
  model: LayersModel,
  files: readonly string[],
  index: readonly number[] | undefined,
): Promise<Source[]> {
  const sources: Source[] = []
  for (const name of files) {
    const images = await readImages(name, model.sampleShape)
    const first = Array.from({ length: Math.min(SHOWN_IMAGES, images.size) }, (_, i) => i)
    checkIndices(name, index ?? first, images.size)
    sources.push({ name, images, labelled: false, indices: index ?? first })
  }
  return sources
}

function checkIndices(name: string, indices: readonly number[], size: number): void {
  const wrong = indices.find((i) => i >= size)
  if (wrong === undefined) return
  throw new ArgumentError({
    who: WHO,
    expected: `--index from 0 to ${size - 1} for the images of ${name}`,
    received: String(wrong),
  })
}

function showImage(model: LayersModel, source: Source, index: number, output: Output): void {
  const { name, images, labelled } = source
  const image = images.slice(index, index + 1)
  const outputs = model.predict(image)
  const probabilities = Array.from(outputs.dataSync())
  outputs.dispose()
  const digit = argMax(probabilities)
  const label = labelled ? image.label(0) : undefined
  const truth = label === undefined ? '' : label === digit ? ', rightly' : `, but it is a ${label}`
  output.say(`${name}, image ${index}: read as ${digit} (${percent(probabilities[digit]!)})${truth}`)
  const lines = beside(imageLines(image.image(0), image.inputShape), probabilityLines(probabilities))
  for (const line of lines) output.say(line)
  output.say()
  output.emit({ source: name, index, label, digit, probabilities: probabilities.map(single) })
}
