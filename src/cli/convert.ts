/** `quadlane convert`: a model from one format to another, told by the content of the one and the name of the other. */

import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Command, Option } from 'commander'
import { ArgumentError, show } from '../errors.ts'
import { QUANTIZED_TYPES, type QuantizedType } from '../formats/quantization.ts'
import { writeWhole } from '../io/file-system.node.ts'
import type { LayersModel } from '../model/model.ts'
import { quietly, readAnyModel, readQuietly, sayNotes } from './any-model.ts'
import { fullDataName } from './data-kind.ts'
import { DEFAULT_BATCH_SIZE } from './defaults.ts'
import { picturesFor } from './evaluate.ts'
import { nameFlag } from './flags.ts'
import { loadValidation } from './images.ts'
import { grouped, Output, type Streams, shown } from './output.ts'
import { readState } from './run-folder.ts'

const WHO = 'convert'
const ENDINGS = /\.(keras|h5|hdf5|onnx|safetensors)$/i
const TARGETS = ['pytorch'] as const

interface ConvertFlags {
  readonly quantize?: QuantizedType
  readonly to?: (typeof TARGETS)[number]
  readonly weights?: string
  readonly data?: string
}

const HELP = `
A folder for TF.js, or another format by the ending:
  quadlane convert model.keras web/
  quadlane convert model.onnx model.keras
What 8 bits cost on data:
  quadlane convert a.keras a/ --quantize uint8 --data mnist
model.py, model.pt and train.py, and what they have learnt:
  quadlane convert a.keras --to pytorch torch/
  quadlane convert a.keras b.keras --weights torch/new.pt`

export function addConvert(program: Command, streams: Streams): void {
  program
    .command(WHO)
    .description('a model as another format: Keras, ONNX, TF.js in; TF.js, Keras, ONNX, safetensors, PyTorch out')
    .argument('<from>', 'a file or folder, or a URL')
    .argument('<to>', 'a folder, or a file that ends in .keras, .h5, .onnx or .safetensors')
    .addOption(
      new Option('--to <format>', 'pytorch: a folder with model.py, model.pt, train.py')
        .argParser(nameFlag(WHO, '--to', TARGETS))
        .conflicts('quantize'),
    )
    .addOption(
      new Option('--quantize <type>', `${QUANTIZED_TYPES.join(', ')}: fewer bytes, in a folder`).argParser(
        nameFlag(WHO, '--quantize', QUANTIZED_TYPES),
      ),
    )
    .option('--weights <file>', 'other weights for the model: Keras, safetensors, PyTorch')
    .option('--data <name>', 'digits or the folder of MNIST: what --quantize costs there')
    .addHelpText('after', HELP)
    .action((from: string, to: string, flags: ConvertFlags) => convert(from, to, flags, new Output(streams)))
}

async function convert(from: string, to: string, flags: ConvertFlags, output: Output): Promise<void> {
  const { quantize, weights, data } = flags
  checkTarget(to, flags)
  const model = await readAnyModel(from, output)
  if (weights !== undefined) {
    await quietly(() => model.loadWeights(weights))
    sayNotes(model, output)
  }
  const parameters = `${grouped(model.countParams())} parameters`
  if (flags.to === 'pytorch') {
    const { toPyTorch } = await import('../model/to-pytorch.ts')
    const { files, notes } = toPyTorch(model)
    for (const [name, bytes] of Object.entries(files)) await writeWhole(join(to, name), bytes)
    output.say(`${shown(to)}: ${Object.keys(files).join(', ')}; ${parameters}`)
    for (const note of notes) output.say(`Note: ${note}`)
    return
  }
  const target = `file://${pathToFileURL(resolve(to)).pathname}`
  await model.save(decodeURI(target), quantize === undefined ? {} : { quantize })
  output.say(`${shown(to)}: ${parameters}`)
  if (quantize !== undefined && data !== undefined) await sayCost(from, model, to, quantize, data, output)
}

function checkTarget(to: string, { quantize, to: format, data }: ConvertFlags): void {
  if (quantize !== undefined && ENDINGS.test(to)) {
    throw new ArgumentError({ who: WHO, expected: 'a folder with --quantize', received: show(to) })
  }
  if (data !== undefined && quantize === undefined) {
    throw new ArgumentError({ who: WHO, expected: '--quantize with --data', received: `--data ${data} alone` })
  }
  const isFile = /\.(keras|onnx|safetensors|h5|hdf5|pt|pth|json|zip|tflite|pb)$/i.test(to)
  if (format === 'pytorch' && isFile) {
    throw new ArgumentError({ who: WHO, expected: 'a folder with --to pytorch', received: show(to) })
  }
  if (format === undefined && isFile && !ENDINGS.test(to)) {
    throw new ArgumentError({
      who: WHO,
      expected: 'a folder, or a file that ends in .keras, .h5, .onnx or .safetensors',
      received: show(to),
      hint: /\.pth?$/i.test(to) ? 'quadlane convert MODEL --to pytorch DIR' : undefined,
    })
  }
}

/** What fewer bits cost: accuracy on validation images before and after. */
async function sayCost(
  from: string,
  model: LayersModel,
  to: string,
  quantize: QuantizedType,
  given: string,
  output: Output,
): Promise<void> {
  const name = fullDataName(given)
  const state = await readState(from)
  const images = await loadValidation(WHO, name, output, () => picturesFor(WHO, model, state, name))
  const accuracyOf = (each: LayersModel): number => {
    each.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: 'accuracy' })
    const [, accuracy] = [each.evaluate(images, { batchSize: DEFAULT_BATCH_SIZE })].flat()
    return accuracy!.dataSync()[0]!
  }
  const [before, after] = [accuracyOf(model), accuracyOf(await readQuietly(to))]
  const places = (accuracy: number): string => `${(100 * accuracy).toFixed(2)} %`
  output.say(
    `${quantize}: accuracy ${places(after)}, before ${places(before)}, on ${grouped(images.size)} images of ${name}`,
  )
}
