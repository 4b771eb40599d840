/** `quadlane predict`: shows images and what a saved model reads in them. */

import { type Command, Option } from 'commander'
import type { ImageDataset } from '../data/dataset.ts'
import { ArgumentError, FormatError, InputOutputError, show } from '../errors.ts'
import type { LayersModel } from '../model/model.ts'
import { readAnyModel } from './any-model.ts'
import { SHOWN_IMAGES } from './defaults.ts'
import { argMax, beside, classLines, imageLines, percent, probabilityLines } from './digit-art.ts'
import { dataOf, picturesFor } from './evaluate.ts'
import { addRuntimeFlags, dataOption, integerFlag, JSON_FLAG, type RuntimeFlags } from './flags.ts'
import { readImages } from './image-files.ts'
import { loadValidation } from './images.ts'
import { FilesError, grouped, helpText, Output, type Streams, shown, single } from './output.ts'
import { readState } from './run-folder.ts'
import { saliencyPng } from './saliency.ts'
import type { TrainingState } from './settings.ts'
import { start } from './start.ts'

interface PredictFlags extends RuntimeFlags {
  readonly data?: string
  readonly index?: readonly number[]
  readonly saliency?: string
  readonly json?: boolean
}

/** Images to look at, and which of them. */
interface Source {
  readonly name: string
  readonly images: ImageDataset
  readonly labelled: boolean
  readonly indices: readonly number[]
}

/** A model and what its run says of it. */
interface Trained {
  readonly model: LayersModel
  readonly state: TrainingState | undefined
  /** What its classes are called; undefined for digits. */
  readonly names: readonly string[] | undefined
}

const WHO = 'predict'

const HELP = `
A file is a picture (PNG, JPEG, WebP, GIF) of any size. For models of digits it shows one
digit, dark on light or light on dark, which is cropped and centred as MNIST's are.
Or it is an IDX file of images, gzipped or not, of which the first ${SHOWN_IMAGES} are shown or those
that --index names; or the bare bytes of one image, 784 for 28x28. Without a file,
images come from the validation set of --data.

--saliency writes a PNG: the picture, and beside it how much each of its pixels
counts for the answer. Of several pictures each has a file, numbered from 1.`

export function addPredict(program: Command, streams: Streams): void {
  const index = integerFlag(WHO, '--index', 0)
  const command = program
    .command(WHO)
    .description('show images and what a saved model reads in them')
    .argument('<dir>', 'the folder of the model, or its file')
    .argument('[file...]', 'pictures, or files with images')
    .addOption(dataOption('what the model was trained on'))
    .addOption(
      new Option('--index <i...>', 'which images, from 0').argParser((text: string, before: number[] = []) => {
        return [...before, index(text)]
      }),
    )
    .option('--saliency <file.png>', 'write what it looked at')
  addRuntimeFlags(WHO, command)
    .option(...JSON_FLAG)
    .addHelpText('after', helpText(HELP, streams.stdout))
    .action((dir: string, files: string[], flags: PredictFlags) => {
      return predict(dir, files, flags, new Output(streams, flags.json))
    })
}

async function predict(folder: string, files: readonly string[], flags: PredictFlags, output: Output): Promise<void> {
  const { saliency } = flags
  if (saliency !== undefined && !/\.png$/i.test(saliency)) {
    throw new ArgumentError({ who: WHO, expected: '--saliency to be the name of a .png', received: show(saliency) })
  }
  await start(flags)
  const model = await readAnyModel(folder, output)
  const state = await readState(folder)
  const trained = { model, state, names: state?.classNames ?? undefined }
  const { sources, problems } =
    files.length === 0
      ? { sources: [await dataSource(trained, flags, output)], problems: [] }
      : await fileSources(trained, files, flags.index)
  const count = sources.reduce((sum, { indices }) => sum + indices.length, 0)
  let number = 0
  for (const source of sources) {
    for (const i of source.indices) {
      const best = showImage(trained, source, i, output)
      if (saliency === undefined) continue
      const file = count === 1 ? saliency : saliency.replace(/(?=\.png$)/i, `-${++number}`)
      await saliencyPng(model, source.images.slice(i, i + 1), best, file)
      output.say(`What it looked at: ${shown(file)}`)
    }
    const more = source.images.size - source.indices.length
    if (files.length > 0 && flags.index === undefined && more > 0) {
      output.say(`${source.name} has ${grouped(more)} more; --index chooses`)
    }
  }
  if (problems.length > 0) throw new FilesError(problems)
}

async function dataSource({ model, state }: Trained, flags: PredictFlags, output: Output): Promise<Source> {
  const name = dataOf(state, flags.data)
  const images = await loadValidation(WHO, name, output, () => picturesFor(WHO, model, state, name), false)
  const { index: indices = [0] } = flags
  checkIndices(name, indices, images.size)
  return { name, images, labelled: true, indices }
}

/** The images of files, and what is wrong with those that cannot be read: the others are shown all the same. */
async function fileSources(
  { model, state }: Trained,
  files: readonly string[],
  index: readonly number[] | undefined,
): Promise<{ sources: Source[]; problems: Error[] }> {
  const sources: Source[] = []
  const problems: Error[] = []
  for (const name of files) {
    const images = await readImages(name, model.sampleShape, () => picturesFor(WHO, model, state)).catch(
      (error: unknown) => {
        if (!(error instanceof FormatError || error instanceof InputOutputError)) throw error
        problems.push(error)
      },
    )
    if (images === undefined) continue
    const first = Array.from({ length: Math.min(SHOWN_IMAGES, images.size) }, (_, i) => i)
    checkIndices(name, index ?? first, images.size)
    sources.push({ name, images, labelled: false, indices: index ?? first })
  }
  return { sources, problems }
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

/** Returns the class that it is read as. */
function showImage({ model, names }: Trained, source: Source, index: number, output: Output): number {
  const { name, images, labelled } = source
  const image = images.slice(index, index + 1)
  const outputs = model.predict(image)
  const probabilities = Array.from(outputs.dataSync())
  outputs.dispose()
  const best = argMax(probabilities)
  const label = labelled ? image.label(0) : undefined
  const nameOf = (i: number): string => names?.[i] ?? String(i)
  const truth = label === undefined ? '' : label === best ? ', rightly' : `, but it is a ${nameOf(label)}`
  const place = labelled || images.size > 1 || names === undefined ? `, image ${index}` : ''
  output.say(`${name}${place}: read as ${nameOf(best)} (${percent(probabilities[best]!)})${truth}`)
  const bars =
    names === undefined && probabilities.length <= 10
      ? beside(imageLines(image.image(0), image.inputShape), probabilityLines(probabilities))
      : classLines(probabilities, nameOf, output.columns)
  for (const line of bars) if (line.length <= output.columns) output.say(line)
  output.say()
  const all = { probabilities: probabilities.map(single) }
  if (names === undefined) output.emit({ source: name, index, label, digit: best, ...all })
  else output.emit({ source: name, index, label, class: nameOf(best), ...all, classNames: names })
  return best
}
