/**
 * model.json: what a model is made of, and the manifest that says which tensors lie in which files beside it. Written and
 * read here for every handler that works with files, be they on a disk or behind a URL.
 */

import { FormatError, show } from '../errors.ts'
import { arrayAt, type JsonObject, objectAt, parseJson, stringAt } from '../json.ts'
import { isArrayBuffer } from '../typed-arrays.ts'
import type { ModelArtifacts } from './model-artifacts.ts'
import { bytesOf, checkWeightBytes, type PlacedWeight, placeWeights, toEntries } from './weight-specs.ts'

export const MODEL_FILE = 'model.json'
export const WEIGHTS_FILE = 'weights.bin'

/** What a model may take, together: as much as a WebAssembly memory. */
const MAX_TOTAL_BYTES = 2 ** 32

/**
 * The text of model.json for weights that lie in one file beside it.
 * @param sha256 of that file, in hexadecimal, for those who read it to compare
 */
export function modelJson(artifacts: ModelArtifacts, weightsFile = WEIGHTS_FILE, sha256?: string): string {
  const { modelTopology, weightSpecs, weightData: _, ...rest } = artifacts
  const digest = sha256 === undefined ? {} : { sha256 }
  const weightsManifest = [{ paths: [weightsFile], weights: weightSpecs, ...digest }]
  return JSON.stringify({ modelTopology, ...rest, weightsManifest })
}

/** The weight bytes in one piece. */
export function joinBuffers(data: ArrayBuffer | readonly (ArrayBuffer | Uint8Array)[]): ArrayBuffer {
  if (isArrayBuffer(data)) return data
  const joined = new Uint8Array(data.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of data) {
    joined.set(ArrayBuffer.isView(part) ? part : new Uint8Array(part), at)
    at += part.byteLength
  }
  return joined.buffer
}

/** Tensors whose bytes lie in some files, one after the other. */
interface WeightsGroup {
  readonly paths: readonly string[]
  readonly weights: readonly PlacedWeight[]
  /** Of the files' bytes, where whoever wrote them told it. */
  readonly sha256: string | undefined
}

/** Where the bytes come from: at most `limit` bytes of the file at `path`, relative to model.json. */
export type ReadWeights = (path: string, limit: number) => Promise<Uint8Array>

/** SHA-256 of bytes that lie in several pieces, in hexadecimal. */
export type Digest = (parts: readonly Uint8Array[]) => string

/**
 * The artifacts out of a model.json and the files that it names.
 * @param who the path or URL of model.json
 * @param digest compares files with what is told of them; where it is left out, they are believed
 * @param onProgress told after each file how much of the weights has come, from 0 to 1
 * @throws FormatError for JSON, paths, tensors or sizes that cannot be
 */
export async function readArtifacts(
  who: string,
  bytes: Uint8Array,
  read: ReadWeights,
  digest?: Digest,
  onProgress?: (fraction: number) => void,
): Promise<ModelArtifacts> {
  const json = objectAt(who, 'the file', parseJson(who, bytes))
  const modelTopology = objectAt(who, 'modelTopology', json.modelTopology)
  if (json.weightsManifest === undefined && typeof json.weightData === 'string') return wholeArtifacts(who, json)
  const groups = groupsOf(who, json)
  const data: Uint8Array[] = []
  const total = groups.reduce((sum, { weights }) => sum + bytesOf(weights), 0)
  let come = 0
  onProgress?.(0)
  for (const group of groups) {
    const shards = await readGroup(group, async (path, limit) => {
      const shard = await read(path, limit)
      come += shard.length
      onProgress?.(Math.min(1, come / total))
      return shard
    })
    checkDigest(who, group, shards, digest)
    data.push(...shards)
  }
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
    return { paths, weights, sha256: typeof group.sha256 === 'string' ? group.sha256 : undefined }
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
  const received = left < 0 ? 'more' : undefined
  checkWeightBytes(paths.join(', ') || MODEL_FILE, weights, bytesOf(weights) - left, received)
  return shards
}

function checkDigest(
  who: string,
  group: WeightsGroup,
  shards: readonly Uint8Array[],
  digest: Digest | undefined,
): void {
  const { sha256, paths } = group
  if (sha256 === undefined || digest === undefined) return
  const found = digest(shards)
  if (found === sha256) return
  const expected = `${paths.join(', ')} with the SHA-256 ${show(sha256.slice(0, 12))}…`
  throw new FormatError({ who, expected, received: `${show(found.slice(0, 12))}…`, hint: 'the file has been changed' })
}
