/** Models as files: written as TF.js does, model.json and weights.bin in one zip; read whatever the format is. */

import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { io, type LayersModel, loadModel, QuadlaneError } from 'quadlane'

const MODEL = 'model.json'
const WEIGHTS = 'weights.bin'

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

export interface ReadModel {
  readonly model: LayersModel
  /** The names of its answers, where the files have them. */
  readonly classes: readonly string[]
}

/** A model out of files of any format, alone or together with those that it needs. */
export async function readAnyModel(chosen: readonly File[]): Promise<ReadModel> {
  try {
    const model = await loadModel(chosen)
    // Layers in the one file, weights in the other: as Keras has it with to_json and save_weights.
    const weights = chosen.find(({ name }) => WEIGHTS_ALONE.test(name))
    if (weights !== undefined && chosen.some(({ name }) => name.endsWith('.json'))) await model.loadWeights([weights])
    return { model, classes: await classesIn(chosen) }
  } catch (error) {
    throw new Error(refusal(error), { cause: error })
  }
}

const WEIGHTS_ALONE = /\.(h5|hdf5|safetensors|pth|pt)$/

/** Why a file is refused, in the words of who dropped it. */
function refusal(error: unknown): string {
  if (!(error instanceof QuadlaneError)) return error instanceof Error ? error.message : String(error)
  const { who, expected, received } = error
  const [, what] = /^an? (layer|operator) that quadlane has/.exec(expected) ?? []
  if (what !== undefined) return `${who}: it has the ${what} ${received}, which quadlane does not have.`
  const [, option] = /^'(\w+)'$/.exec(expected.startsWith('only the options ') ? received : '') ?? []
  if (option !== undefined) return `${who}: it has the option '${option}', which quadlane does not have.`
  if (received.startsWith('weights alone')) {
    return `${who} has ${received}: the page wants the layers, too, as a whole model has them.`
  }
  return error.message
}

/** What names the answers: classes.json, as this page writes it, or the metadata.json of Teachable Machine. */
const NAMING = /(^|\/)(classes|metadata)\.json$/

async function classesIn(chosen: readonly File[]): Promise<string[]> {
  for (const file of chosen) {
    if (NAMING.test(file.name)) return namesIn(new Uint8Array(await file.arrayBuffer()))
    if (!file.name.endsWith('.zip')) continue
    const files = unzipSync(new Uint8Array(await file.arrayBuffer()), { filter: ({ name }) => NAMING.test(name) })
    const [first] = Object.values(files)
    if (first !== undefined) return namesIn(first)
  }
  return []
}

function namesIn(bytes: Uint8Array): string[] {
  try {
    const json: unknown = JSON.parse(strFromU8(bytes))
    const names = Array.isArray(json) ? json : (json as { labels?: unknown } | null)?.labels
    return Array.isArray(names) ? names.map(String) : []
  } catch {
    // Names are a courtesy: without them the answers are counted.
    return []
  }
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
