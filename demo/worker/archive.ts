/** Models as files: model.json and weights.bin, as TF.js writes them, in one zip. */

import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { io, type LayersModel, loadLayersModel } from 'quadlane'

const MODEL = 'model.json'
const WEIGHTS = 'weights.bin'

type Files = Readonly<Record<string, Uint8Array>>

/** The model in a zip. Weights are as good as random: they are stored, not packed. */
export async function zipModel(model: LayersModel, beside: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
  const files: Record<string, Uint8Array> = {}
  await model.save(
    io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData, ...rest }) => {
      const weightsManifest = [{ paths: [WEIGHTS], weights: weightSpecs }]
      files[MODEL] = strToU8(JSON.stringify({ modelTopology, ...rest, weightsManifest }))
      files[WEIGHTS] = joined([weightData].flat().map((buffer) => new Uint8Array(buffer)))
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
    }),
  )
  for (const [name, text] of Object.entries(beside)) files[name] = strToU8(text)
  return zipSync(files, { level: 0 })
}

interface ModelFile {
  readonly modelTopology: object
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: io.WeightEntry[] }[]
}

/** A model of digits out of files. */
export async function readModel(chosen: readonly File[]): Promise<LayersModel> {
  const model = await readAnyModel(chosen)
  if (`${model.inputShape.slice(1)}` === '28,28,1' && `${model.outputShape.slice(1)}` === '10') return model
  const received = `[${model.inputShape.slice(1)}] to [${model.outputShape.slice(1)}]`
  model.dispose()
  throw new Error(`This page wants a model of [28, 28, 1] to [10]; this one goes from ${received}.`)
}

/** A model out of a zip, or out of a model.json and the weight files that it names. */
export async function readAnyModel(chosen: readonly File[]): Promise<LayersModel> {
  const files = await contentsOf(chosen)
  const json = Object.entries(files).find(([name]) => name.endsWith('.json'))
  if (json === undefined) throw new Error(`There is no model.json among ${Object.keys(files).join(', ')}.`)
  const { weightsManifest, ...artifacts } = parseModel(json[0], json[1])
  const weights = weightsManifest.flatMap(({ paths }) => paths).map((path) => fileNamed(files, path))
  return loadLayersModel(
    io.fromMemory({
      ...artifacts,
      weightSpecs: weightsManifest.flatMap((group) => group.weights),
      weightData: joined(weights).buffer,
    }),
  )
}

async function contentsOf(chosen: readonly File[]): Promise<Files> {
  const named = await Promise.all(
    chosen.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
  )
  const [first] = named
  if (first?.name.endsWith('.zip') === true) return unzipSync(first.bytes)
  return Object.fromEntries(named.map(({ name, bytes }) => [name, bytes]))
}

function parseModel(name: string, bytes: Uint8Array): ModelFile {
  const json: Partial<ModelFile> = JSON.parse(strFromU8(bytes))
  if (typeof json.modelTopology === 'object' && Array.isArray(json.weightsManifest)) return json as ModelFile
  throw new Error(`${name} has no modelTopology and weightsManifest: it is not a layers model.`)
}

/** Zips and folders put a path before the name. */
function fileNamed(files: Files, path: string): Uint8Array {
  const found = Object.entries(files).find(([name]) => name === path || name.endsWith(`/${path}`))
  if (found !== undefined) return found[1]
  throw new Error(`model.json names ${path}, which is not among the files: choose it too.`)
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
