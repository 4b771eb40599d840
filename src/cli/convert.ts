/** `quadlane convert`: a model from one format to another, told by the content of the one and the name of the other. */

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Command, Option } from 'commander'
import { ArgumentError, show } from '../errors.ts'
import { QUANTIZED_TYPES, type QuantizedType } from '../formats/quantization.ts'
import { readAnyModel } from './any-model.ts'
import { nameFlag } from './flags.ts'
import { grouped, Output, type Streams, shown } from './output.ts'

const WHO = 'convert'
const ENDINGS = /\.(keras|onnx|safetensors)$/i

export function addConvert(program: Command, streams: Streams): void {
  program
    .command(WHO)
    .description(
      'a model as another format: Keras, ONNX, TF.js in; a folder for TF.js, .keras, .onnx, .safetensors out',
    )
    .argument('<from>', 'a file or folder, or a URL')
    .argument('<to>', 'a folder, or a file that ends in .keras, .onnx or .safetensors')
    .addOption(
      new Option('--quantize <type>', `${QUANTIZED_TYPES.join(', ')}: fewer bytes, in a folder`).argParser(
        nameFlag(WHO, '--quantize', QUANTIZED_TYPES),
      ),
    )
    .action(async (from: string, to: string, { quantize }: { quantize?: QuantizedType }) => {
      if (quantize !== undefined && ENDINGS.test(to)) {
        throw new ArgumentError({ who: WHO, expected: 'a folder with --quantize', received: show(to) })
      }
      if (!ENDINGS.test(to) && /\.(h5|hdf5|pt|pth|json|zip|tflite|pb)$/i.test(to)) {
        throw new ArgumentError({
          who: WHO,
          expected: 'a folder, or a file that ends in .keras, .onnx or .safetensors',
          received: show(to),
        })
      }
      const model = await readAnyModel(from)
      const target = `file://${pathToFileURL(resolve(to)).pathname}`
      await model.save(decodeURI(target), quantize === undefined ? {} : { quantize })
      new Output(streams).say(`${shown(to)}: ${grouped(model.countParams())} parameters`)
    })
}
