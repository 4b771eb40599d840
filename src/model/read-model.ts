/** Models out of files of whichever format, told apart by their content. Loaded when a model is. */

import { ArgumentError, checkInteger, checkOptions, FormatError, show } from '../errors.ts'
import { Bytes } from '../formats/bytes.ts'
import { isHdf5, openHdf5 } from '../formats/hdf5.ts'
import { isKerasH5, isKerasZip, readKeras, readKerasH5 } from '../formats/keras.ts'
import { kerasConfig } from '../formats/keras-config.ts'
import type { ModelDescription } from '../formats/model-description.ts'
import { checkWeightPath, readArtifacts } from '../formats/model-json.ts'
import { isOnnx, readOnnx } from '../formats/onnx.ts'
import { describeOnnx } from '../formats/onnx-import.ts'
import { isPyTorchLegacy, isPyTorchZip } from '../formats/pytorch.ts'
import { isSafetensors } from '../formats/safetensors.ts'
import { isZip, readZip, type ZipArchive } from '../formats/zip.ts'
import { init } from '../init.ts'
import { checkHttpOptions, HTTP_OPTIONS } from '../io/http.ts'
import type { IOHandler } from '../io/io-handler.ts'
import { type ModelSource, type OpenedSource, openSource } from '../io/source.ts'
import { isObject, objectAt, parseJson } from '../json.ts'
import { type Loading, modelFromDescription } from './from-description.ts'
import { loadingOfArtifacts } from './load-layers-model.ts'
import type { LoadModelArgs } from './load-model.ts'
import type { LayersModel } from './model.ts'

const FORMATS = 'a model of Keras (.keras, .h5), TF.js (model.json, a zip of it) or ONNX'

export async function readModel(source: ModelSource | IOHandler, args: LoadModelArgs): Promise<LayersModel> {
  const who = 'loadModel'
  checkOptions(who, args, ['strict', 'seed', ...HTTP_OPTIONS])
  const { strict = true, seed, ...options } = args
  checkHttpOptions(who, options)
  if (typeof strict !== 'boolean') {
    throw new ArgumentError({ who, expected: 'strict to be true or false', received: show(strict) })
  }
  if (seed !== undefined) checkInteger(who, 'seed', seed)
  const loading = isHandler(source)
    ? loadingOfArtifacts(source.source ?? 'model.json', await source.load!(), { strict, seed })
    : await loadingOf(await openSource(who, source, options), { strict, seed }, options.onProgress)
  await init()
  loading.finish()
  return loading.model
}

function isHandler(source: unknown): source is IOHandler {
  return typeof source === 'object' && source !== null && typeof (source as IOHandler).load === 'function'
}

interface Args {
  readonly strict: boolean
  readonly seed: number | undefined
}

/** All of a load but what touches the memory of the runtime. */
export async function loadingOf(
  source: OpenedSource,
  args: Args,
  onProgress?: (fraction: number) => void,
): Promise<Loading> {
  const { file } = source
  if (isJson(source.bytes)) {
    const json = parseJson(file, source.bytes)
    if (isObject(json) && (json.modelTopology !== undefined || json.weightsManifest !== undefined)) {
      const artifacts = await readArtifacts(file, source.bytes, source.beside, undefined, onProgress)
      return loadingOfArtifacts(file, artifacts, args)
    }
    return modelFromDescription(describeJson(file, json), { ...args, strict: false })
  }
  const bytes = new Bytes(file, source.bytes)
  if (isZip(bytes)) {
    const archive = readZip(bytes)
    const json = archive.names.find((name) => /(^|\/)model\.json$/.test(name))
    if (json !== undefined && !isKerasZip(archive)) return layersModelIn(file, archive, json, args)
  }
  return modelFromDescription(await describe(bytes, source), args)
}

/** What a file says of the model in it. */
async function describe(bytes: Bytes, source: OpenedSource): Promise<ModelDescription> {
  const { file } = bytes
  if (isZip(bytes)) {
    const archive = readZip(bytes)
    if (isKerasZip(archive)) return readKeras(bytes, archive)
    if (isPyTorchZip(archive)) throw weightsAlone(file, 'PyTorch')
    throw new FormatError({ who: file, expected: FORMATS, received: `a zip of ${show(archive.names)}` })
  }
  if (isHdf5(bytes.bytes)) {
    if (isKerasH5(openHdf5(file, bytes.bytes))) return readKerasH5(bytes)
    throw weightsAlone(file, 'Keras')
  }
  if (isSafetensors(bytes)) throw weightsAlone(file, 'safetensors')
  if (isPyTorchLegacy(bytes)) throw weightsAlone(file, 'PyTorch')
  if (isOnnx(bytes)) {
    const model = await readOnnx(bytes, async (path, limit) => {
      return source.beside(checkWeightPath(file, 'the location of external data', path), limit)
    })
    return describeOnnx(file, model)
  }
  throw new FormatError({
    who: file,
    expected: FORMATS,
    received: beginningOf(bytes.bytes),
    hint: hintFor(bytes.bytes),
  })
}

function weightsAlone(file: string, format: string): FormatError {
  const hint = `make the model, then await model.loadWeights(…)`
  return new FormatError({ who: file, expected: FORMATS, received: `weights alone, of ${format}`, hint })
}

/** The text of Keras's `to_json`: layers without weights. */
function describeJson(file: string, json: unknown): ModelDescription {
  const { model, channelsFirst, notes } = kerasConfig(file, objectAt(file, 'the file', json))
  return { file, producer: 'Keras, to_json', model, weights: [], channelsFirst, notes: [...notes] }
}

async function layersModelIn(file: string, archive: ZipArchive, json: string, args: Args): Promise<Loading> {
  const folder = json.slice(0, -'model.json'.length)
  const artifacts = await readArtifacts(`${file}, ${json}`, archive.read(json), async (path, limit) => {
    return archive.read(folder + path.replace(/^\.\//, '')).subarray(0, limit)
  })
  return loadingOfArtifacts(`${file}, ${json}`, artifacts, args)
}

/** Whether the first character that is no space is a brace. */
function isJson(bytes: Uint8Array): boolean {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  while (at < bytes.length && [0x20, 0x09, 0x0a, 0x0d].includes(bytes[at]!)) at++
  return bytes[at] === 0x7b
}

function beginningOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file'
  const text = String.fromCharCode(...bytes.subarray(0, 16))
  if (/^[\x20-\x7e\s]*$/.test(text)) return `text that begins ${show(text.trim())}`
  return `bytes that begin ${[...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`
}

function hintFor(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 64))
  if (/^\s*</.test(text)) return 'that is a web page: is the address right?'
  if (text.startsWith('version https://git-lfs')) return 'that is a pointer of Git LFS: fetch the file itself'
  if (text.slice(4, 8) === 'TFL3') return 'that is a TFLite file: export the model as Keras or ONNX'
  return undefined
}
