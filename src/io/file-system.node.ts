/**
 * Models in directories: model.json and weights.bin, as TF.js for Node has them. model.json is the one switch of a save:
 * the weights are written under a name that the model.json of before does not use, and it takes their place by a single
 * rename, naming them and their SHA-256. Whatever breaks off, what is there is the model of one moment.
 */

import { createHash, randomBytes } from 'node:crypto'
import { open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { ArgumentError, FormatError, InputOutputError, show } from '../errors.ts'
import type { ModelArtifacts } from '../formats/model-artifacts.ts'
import { joinBuffers, MODEL_FILE, modelJson, readArtifacts, WEIGHTS_FILE } from '../formats/model-json.ts'
import { checkJsonSize, MAX_JSON_BYTES } from '../json.ts'
import { makeFolder } from './folders.node.ts'
import { type IOHandler, type SaveResult, saveResult } from './io-handler.ts'

/**
 * A handler for a directory. Saving makes it where need be and writes `DIR/model.json` and `DIR/weights.bin`; loading
 * also takes the path of the JSON file itself.
 * @param path the folder
 * @throws InputOutputError, when it is used, for what cannot be read or written
 * @example
 * await zoo.lenet5({ seed: 1 }).save(io.fileSystem('kept'))
 * console.log((await loadLayersModel(io.fileSystem('kept'))).countParams()) // 61706
 */
export function fileSystem(path: string): IOHandler {
  if (typeof path !== 'string' || path === '') {
    throw new ArgumentError({ who: 'io.fileSystem', expected: 'the path of a directory', received: show(path) })
  }
  // file:///C:/models leaves a slash before the drive.
  const plain = /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path
  const source = plain.endsWith('.json') ? plain : join(plain, MODEL_FILE)
  return { source, save: (artifacts) => saveTo(plain, artifacts), load: () => loadFrom(source) }
}

async function saveTo(directory: string, artifacts: ModelArtifacts): Promise<SaveResult> {
  if (directory.endsWith('.json')) {
    const hint = `save to ${show(dirname(directory))}: ${MODEL_FILE} and ${WEIGHTS_FILE} are written into it`
    throw new ArgumentError({ who: 'save', expected: 'a directory', received: show(basename(directory)), hint })
  }
  const weights = new Uint8Array(joinBuffers(artifacts.weightData))
  const sha256 = digest([weights])
  let made: string | undefined
  const temporary = join(directory, `.${MODEL_FILE}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`)
  try {
    await makeFolder(directory)
    const before = await weightsInUse(directory)
    const name = await writeWeights(directory, weights, sha256, before)
    if (!before.includes(name)) made = join(directory, name)
    await writeFlushed(temporary, new TextEncoder().encode(modelJson(artifacts, name, sha256)), 'wx')
    await rename(temporary, join(directory, MODEL_FILE))
    made = undefined
    await flushFolder(directory)
    await tidyUp(directory, name, before)
  } catch (error) {
    for (const left of [temporary, made]) if (left !== undefined) await rm(left, { force: true }).catch(() => {})
    throw unwritable(directory, error)
  }
  return saveResult(artifacts)
}

/**
 * Writes a file whole or not at all: beside it, flushed to the disk, and renamed.
 * @throws InputOutputError where the folder cannot be written to
 */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`)
  try {
    await makeFolder(folder)
    await writeFlushed(temporary, bytes, 'wx')
    await rename(temporary, path)
    await flushFolder(folder)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw unwritable(folder, error)
  }
}

function digest(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** The names that files of weights get here. */
const WEIGHTS_NAME = /^weights(-[0-9a-f]{12})?\.bin$/
const TEMPORARY_NAME = /^\.model\.json\.(\d+)\.[0-9a-f]{8}\.tmp$/

/** The files of weights that the model.json of a directory names; none where there is none that can be read. */
async function weightsInUse(directory: string): Promise<string[]> {
  try {
    const bytes = await readBytes(join(directory, MODEL_FILE), MAX_JSON_BYTES)
    const { weightsManifest } = JSON.parse(new TextDecoder().decode(bytes)) as { weightsManifest?: unknown }
    return (weightsManifest as { paths: string[] }[]).flatMap(({ paths }) => paths)
  } catch {
    return []
  }
}

/** Writes the weights under a name that is not in use; what is in use already is left as it is. */
async function writeWeights(
  directory: string,
  weights: Uint8Array,
  sha256: string,
  inUse: readonly string[],
): Promise<string> {
  const plain = join(directory, WEIGHTS_FILE)
  const isFree = !inUse.includes(WEIGHTS_FILE) && (await writeFlushed(plain, weights, 'wx').then(() => true, isThere))
  if (isFree) return WEIGHTS_FILE
  const name = `weights-${sha256.slice(0, 12)}.bin`
  // The name tells the content: who else writes it writes the same.
  if (!inUse.includes(name)) await writeFlushed(join(directory, name), weights, 'w')
  return name
}

function isThere(error: NodeJS.ErrnoException): false {
  if (error.code === 'EEXIST') return false
  throw error
}

/** Makes a rename last: the entry of the folder too must reach the disk. Some systems have no such thing. */
async function flushFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r').catch(() => undefined)
  await folder?.sync().catch(() => {})
  await folder?.close()
}

/** How long a file that nobody names may yet be someone's who is saving, in ms. */
const GRACE = 60_000

/** Removes what a save before, or one that was broken off, has left. The model is saved already, so nothing fails here. */
async function tidyUp(directory: string, kept: string, before: readonly string[]): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const writer = TEMPORARY_NAME.exec(name)?.[1]
    const isOld = async (): Promise<boolean> => {
      const { mtimeMs } = await stat(join(directory, name))
      return Date.now() - mtimeMs > GRACE
    }
    const isLeft =
      writer !== undefined
        ? !isRunning(Number(writer))
        : name !== kept && WEIGHTS_NAME.test(name) && (before.includes(name) || (await isOld().catch(() => false)))
    if (isLeft) await rm(join(directory, name), { force: true }).catch(() => {})
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A file that cannot be written whole is taken away again. */
async function writeFlushed(path: string, bytes: Uint8Array, flags: 'w' | 'wx'): Promise<void> {
  const file = await open(path, flags)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } catch (error) {
    await rm(path, { force: true }).catch(() => {})
    throw error
  } finally {
    await file.close()
  }
}

async function loadFrom(source: string): Promise<ModelArtifacts> {
  const bytes = await readBytes(source, MAX_JSON_BYTES + 1)
  checkJsonSize(source, bytes.length)
  const read = async (path: string, limit: number): Promise<Uint8Array> => {
    return readBytes(await besideFile(source, path), limit)
  }
  return readArtifacts(source, bytes, read, digest)
}

/** The model.json of a directory, or the path of a file as it is. */
export async function locate(path: string): Promise<string> {
  try {
    return (await stat(path)).isDirectory() ? join(path, MODEL_FILE) : path
  } catch {
    return path
  }
}

/**
 * The path of a file that another one names.
 * @throws FormatError for one outside of that one's folder, by its path or by a link
 */
export async function besideFile(source: string, path: string): Promise<string> {
  const directory = dirname(resolve(source))
  const file = resolve(directory, path)
  const isWithin = (folder: string, inner: string): boolean => {
    const way = relative(folder, inner)
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
  }
  const [realFolder, realFile] = await Promise.all(
    [realpath(directory), realpath(file)].map((p) => p.catch(() => undefined)),
  )
  const leaves = realFolder !== undefined && realFile !== undefined && !isWithin(realFolder, realFile)
  if (leaves || !isWithin(directory, file)) {
    throw new FormatError({ who: source, expected: 'a path of weights within its folder', received: show(path) })
  }
  return join(dirname(source), path)
}

/** At most `limit` bytes of a file. */
export async function readBytes(path: string, limit: number): Promise<Uint8Array> {
  try {
    const found = await stat(path)
    // A pipe or a device would be waited for.
    if (!found.isFile() && !found.isDirectory()) {
      throw new InputOutputError({ who: path, expected: 'a file to read', received: 'a pipe, a socket or a device' })
    }
    const { size } = found
    const file = await open(path, 'r')
    try {
      const buffer = new Uint8Array(Math.min(size, limit))
      let at = 0
      while (at < buffer.length) {
        const { bytesRead } = await file.read(buffer, at, buffer.length - at, at)
        if (bytesRead === 0) break
        at += bytesRead
      }
      return buffer.subarray(0, at)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'a read-only file system',
  ENOSPC: 'a full disk',
  ENOTDIR: 'a file where a directory should be',
  EEXIST: 'a file where a directory should be',
  EISDIR: 'a directory',
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const known = code === undefined ? undefined : REASONS[code]
  return known === undefined ? message : `${known} (${code})`
}

function unwritable(directory: string, error: unknown): InputOutputError {
  const hint = 'choose another directory, or make this one writable'
  const parts = { who: directory, expected: 'a directory that can be written to', received: reason(error), hint }
  return new InputOutputError(parts, { cause: error })
}

function unreadable(path: string, error: unknown): InputOutputError {
  if (error instanceof InputOutputError) return error
  const hint = basename(path) === MODEL_FILE ? `give the directory that holds ${MODEL_FILE}` : undefined
  return new InputOutputError(
    { who: path, expected: 'a file to read', received: reason(error), hint },
    { cause: error },
  )
}
