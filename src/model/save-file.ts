/** Models as one file: Keras, ONNX, safetensors. Loaded when one is saved. */

import { files } from '#files'
import { ArgumentError, checkOptions, show } from '../errors.ts'
import { writeSafetensors } from '../formats/safetensors.ts'
import { init } from '../init.ts'
import type { SaveResult } from '../io/io-handler.ts'
import { VERSION } from '../version.ts'
import type { LayersModel } from './model.ts'
import { toKeras } from './to-keras.ts'
import { toKerasH5 } from './to-keras-h5.ts'
import { toOnnx } from './to-onnx.ts'
import type { SaveArgs } from './topology.ts'

const FORMATS: Readonly<Record<string, (model: LayersModel, args: SaveArgs) => Uint8Array>> = {
  '.keras': toKeras,
  '.h5': toKerasH5,
  '.hdf5': toKerasH5,
  '.onnx': toOnnx,
  '.safetensors': toSafetensors,
}

/** The bytes of a model as a file whose name ends so. Makes the weights if need be. */
export async function modelBytes(model: LayersModel, ending: string, args: SaveArgs = {}): Promise<Uint8Array> {
  checkOptions('save', args, ['includeOptimizer', 'checkpoint', 'metadata', 'quantize'])
  for (const [name, value] of Object.entries(args)) {
    if (value === undefined || value === false || (name === 'includeOptimizer' && ending === '.keras')) continue
    const expected = `no ${name} for a ${ending}, which has no place for it`
    const hint = name === 'includeOptimizer' ? 'a folder and a .keras have' : 'a folder has: file://DIR'
    throw new ArgumentError({ who: 'save', expected, received: show(value), hint })
  }
  await init()
  model.makeWeights()
  return FORMATS[ending]!(model, args)
}

/** Weights by layer and name, in our layout: `loadWeights` reads them into a model. */
function toSafetensors(model: LayersModel): Uint8Array {
  const tensors = model.weights.map(({ name, shape, variable }) => {
    return [name, { shape, values: variable.view(name).slice() as Float32Array }] as const
  })
  return writeSafetensors(tensors, { format: 'quadlane', generatedBy: `quadlane v${VERSION}` })
}

export async function saveFile(
  model: LayersModel,
  target: string,
  ending: string,
  args: SaveArgs,
): Promise<SaveResult> {
  const kind = ending.toLowerCase()
  if (!(kind in FORMATS)) {
    const expected = `a file that ends in ${Object.keys(FORMATS).join(', ')}, or a folder`
    throw new ArgumentError({ who: 'save', expected, received: show(target) })
  }
  const bytes = await modelBytes(model, kind, args)
  await files.write(target, bytes)
  return {
    modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON', weightDataBytes: bytes.length },
  }
}
