/** What mutants are made of: small models in every format that is written here, and files that others published. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Bytes } from '../../src/formats/bytes.ts'
import { isHdf5, openHdf5 } from '../../src/formats/hdf5.ts'
import { writeHdf5 } from '../../src/formats/hdf5-writer.ts'
import { isKerasZip } from '../../src/formats/keras.ts'
import { modelJson } from '../../src/formats/model-json.ts'
import { isPyTorchLegacy, isPyTorchZip } from '../../src/formats/pytorch.ts'
import { isSafetensors } from '../../src/formats/safetensors.ts'
import { isZip, readZip, writeZip } from '../../src/formats/zip.ts'
import { init } from '../../src/init.ts'
import type { LayersModel } from '../../src/model/model.ts'
import { modelArtifacts } from '../../src/model/save.ts'
import { modelBytes } from '../../src/model/save-file.ts'
import containers from '../../test/fixtures/containers.json' with { type: 'json' }
import { FORMAT_MODELS } from '../../test/helpers/format-models.ts'

export interface Seed {
  readonly name: string
  readonly bytes: Uint8Array
}

/** What a seed is, by the reader that it is for. */
export function kindOf({ name, bytes }: Seed): string {
  const whole = new Bytes(name, bytes)
  if (isHdf5(bytes)) return openHdf5(name, bytes).attribute('model_config') === undefined ? 'hdf5' : 'keras h5'
  if (isZip(whole)) {
    const archive = readZip(whole)
    return isKerasZip(archive) ? 'keras' : isPyTorchZip(archive) ? 'pytorch' : 'zip'
  }
  if (isSafetensors(whole)) return 'safetensors'
  if (isPyTorchLegacy(whole)) return 'pytorch legacy'
  return bytes[0] === 0x7b ? 'json' : 'onnx'
}

/** Small files of other tools. */
export function containerSeeds(): Seed[] {
  return Object.entries(containers).map(([name, text]) => ({
    name,
    bytes: new Uint8Array(Buffer.from(text, 'base64')),
  }))
}

const MAX_BYTES = 600_000
const MAX_OWN_BYTES = 20_000

/** A model of every layer, alone and behind a convolution, in every format; larger ones are left out. */
export async function ownSeeds(): Promise<Seed[]> {
  await init({ threads: 1 })
  const seeds: Seed[] = []
  for (const [name, { make }] of Object.entries(FORMAT_MODELS)) {
    const model = make(1)
    model.makeWeights()
    if (model.countParams() < 3000) {
      for (const ending of ['.keras', '.h5', '.onnx', '.safetensors']) {
        try {
          const bytes = await modelBytes(model, ending)
          seeds.push({ name: `${name}${ending}`, bytes })
          if (ending === '.keras') {
            const weights = readZip(new Bytes(name, bytes)).read('model.weights.h5')
            seeds.push({ name: `${name}, model.weights.h5`, bytes: weights.slice() })
          }
        } catch {
          // ONNX does not have all layers.
        }
      }
      seeds.push(...layersModels(name, model))
    }
    model.dispose()
  }
  return seeds.filter(({ bytes }) => bytes.length <= MAX_OWN_BYTES)
}

/** As a zip, as one JSON with base64, and with quantised weights. */
function layersModels(name: string, model: LayersModel): Seed[] {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
  const whole = modelArtifacts(model, {})
  const quantised = modelArtifacts(model, { quantize: 'uint8' })
  const { weightData, ...rest } = whole
  const base64 = Buffer.from(weightData as ArrayBuffer).toString('base64')
  return [
    { name: `${name}, model.json`, bytes: encode(JSON.stringify({ ...rest, weightData: base64 })) },
    {
      name: `${name}, zip of model.json`,
      bytes: writeZip({
        'model.json': encode(modelJson(quantised)),
        'weights.bin': new Uint8Array(quantised.weightData as ArrayBuffer),
      }),
    },
  ]
}

/** Model files at any depth of a folder, and the configurations in them alone. */
export function publishedSeeds(folder: string): Seed[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(keras|h5|hdf5|onnx|pth|safetensors|json)$/.test(name) && !name.endsWith('index.json'))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && statSync(path).size <= MAX_BYTES)
    .flatMap((path) => {
      const seed = { name: path, bytes: new Uint8Array(readFileSync(path)) }
      return [seed, ...configurationOf(seed)]
    })
}

function configurationOf({ name, bytes }: Seed): Seed[] {
  const whole = new Bytes(name, bytes)
  if (isZip(whole)) {
    const archive = readZip(whole)
    return archive.has('config.json')
      ? [
          {
            name: `${name}, config.json`,
            bytes: writeZip({ 'config.json': archive.read('config.json'), 'model.weights.h5': NO_WEIGHTS }),
          },
        ]
      : []
  }
  if (!isHdf5(bytes)) return []
  const config = openHdf5(name, bytes).attribute('model_config')
  return typeof config === 'string' ? [{ name: `${name}, model_config`, bytes: new TextEncoder().encode(config) }] : []
}

const NO_WEIGHTS = writeHdf5({ members: {} })
