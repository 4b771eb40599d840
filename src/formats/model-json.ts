/**
 * model.json: what a model is made of, and the manifest that says which tensors lie in which files beside it. Written and
 * read here for every handler that works with files, be they on a disk or behind a URL.
 */

import { FormatError, show } from '../errors.ts'
import type { ModelArtifacts } from '../io/io-handler.ts'
import { arrayAt, type JsonObject, objectAt, parseJson, stringAt } from '../json.ts'
import { bytesOf, checkWeightBytes, type PlacedWeight, placeWeights, toEntries } from './weight-specs.ts'

export const MODEL_FILE = 'model.json'
export const WEIGHTS_FILE = 'weights.bin'

/** What a model may take, together: as much as a WebAssembly memory. */
const MAX_TOTAL_BYTES = 2 ** 32

/** The text of model.json for weights that lie in one file beside it. */
export function modelJson(artifacts: ModelArtifacts, weightsFile = WEIGHTS_FILE): string {
  const { modelTopology, weightSpecs, weightData: _, ...rest } = artifacts
  const weightsManifest = [{ paths: [weightsFile], weights: weightSpecs }]
  return JSON.stringify({ modelTopology, ...rest, weightsManifest })
}

/** The weight bytes in one piece. */
export function joinBuffers(data: ArrayBuffer | readonly (ArrayBuffer | Uint8Array)[]): ArrayBuffer {
  if (data instanceof ArrayBuffer) return data
  const joined = new Uint8Array(data.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of data) {
    joined.set(part instanceof Uint8Array ? part : new Uint8Array(part), at)
    at += part.byteLength
  }
  return joined.buffer
}

/** Tensors whose bytes lie in some files, one after the other. */
interface WeightsGroup {
  readonly paths: readonly string[]
  readonly weights: readonly PlacedWeight[]
}

/** Where the bytes come from: at most `limit` bytes of the file at `path`, relative to model.json. */
export type ReadWeights = (path: string, limit: number) => Promise<Uint8Array>

/**
 * The artifacts out of a model.json and the files that it names.
 * @param who the path or URL of model.json
 * @throws FormatError for JSON, paths, tensors or sizes that cannot be
 */
export async function readArtifacts(who: string, bytes: Uint8Array, read: ReadWeights): Promise<ModelArtifacts> {
  const json = objectAt(who, 'the file', parseJson(who, bytes))
  const modelTopology = objectAt(who, 'modelTopology', json.modelTopology)
  if (json.weightsManifest === undefined && typeof json.weightData === 'string') return wholeArtifacts(who, json)
  const groups = groupsOf(who, json)
  const data: Uint8Array[] = []
  for (const group of groups) data.push(...(await readGroup(group, read)))
  return {
    modelTopology,
    weightSpecs: groups.flatMap(({ weights }) => toEntries(weights)),
    weightData: joinBuffers(data),
    ...metadataOf(who, json),
  }
}

/** A model whose weights stand in its JSON, as base64. */
function wholeArtifacts(who: string, json: JsonObject): ModelArtifacts {
  const weights = placeWeights(who, 'weightSpecs', json.weightSpecs)
  const weightData = fromBase64(who, json.weightData as string)
  checkWeightBytes(`${who}, weightData`, weights, weightData.byteLength)
  const modelTopology = objectAt(who, 'modelTopology', json.modelTopology)
  return { modelTopology, weightSpecs: toEntries(weights), weightData, ...metadataOf(who, json) }
}

function fromBase64(who: string, text: string): ArrayBuffer {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer
  } catch (error) {
    throw new FormatError({ who, expected: 'weightData to be base64', received: show(text) }, { cause: error })
  }
}

/** What a file says of a model beside its layers and weights. */
export function metadataOf(who: string, json: JsonObject): Partial<ModelArtifacts> {
  const { format, generatedBy, convertedBy, trainingConfig, userDefinedMetadata } = json
  return {
    ...(typeof format === 'string' ? { format } : {}),
    ...(typeof generatedBy === 'string' ? { generatedBy } : {}),
    ...(typeof convertedBy === 'string' ? { convertedBy } : {}),
    ...optionalObject(who, 'trainingConfig', trainingConfig),
    ...optionalObject(who, 'userDefinedMetadata', userDefinedMetadata),
  }
}

function optionalObject(who: string, key: string, value: unknown): JsonObject {
  return value === undefined || value === null ? {} : { [key]: objectAt(who, key, value) }
}

function groupsOf(who: string, json: JsonObject): WeightsGroup[] {
  let offset = 0
  const groups = arrayAt(who, 'weightsManifest', json.weightsManifest).map((value, i) => {
    const path = `weightsManifest[${i}]`
    const group = objectAt(who, path, value)
    const paths = arrayAt(who, `${path}.paths`, group.paths).map((file, j) => {
      return checkWeightPath(who, `${path}.paths[${j}]`, file)
    })
    const weights = placeWeights(who, `${path}.weights`, group.weights, offset)
    offset += bytesOf(weights)
    return { paths, weights }
  })
  if (offset <= MAX_TOTAL_BYTES) return groups
  throw new FormatError({ who, expected: `at most ${MAX_TOTAL_BYTES} bytes of weights`, received: `${offset}` })
}

/** A path within the folder of model.json: relative, without a scheme and without a way up. */
export function checkWeightPath(who: string, at: string, value: unknown): string {
  const path = stringAt(who, at, value)
  const absolute = /^([a-z][a-z0-9+.-]*:|[/\\])/i.test(path)
  if (!absolute && !/[\\\0]/.test(path) && !path.split('/').some((part) => /^(\.|%2e){2}$/i.test(part))) return path
  const expected = `${at} to be a relative path within the folder of ${MODEL_FILE}`
  throw new FormatError({ who, expected, received: show(path) })
}

async function readGroup({ paths, weights }: WeightsGroup, read: ReadWeights): Promise<Uint8Array[]> {
  const shards: Uint8Array[] = []
  let left = bytesOf(weights)
  for (const path of paths) {
    // One byte more than is wanted tells that a file is too long without reading all of it.
    const shard = await read(path, left + 1)
    shards.push(shard)
    left -= shard.length
    if (left < 0) break
  }
  checkWeightBytes(paths.join(', ') || MODEL_FILE, weights, bytesOf(weights) - left)
  return shards
}
