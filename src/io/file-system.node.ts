/**
 * Models in directories: model.json and weights.bin, as TF.js for Node has them. A save never leaves half a file under
 * either name: both are written beside them, flushed to the disk and renamed, the weights first.
 */

import { randomBytes } from 'node:crypto'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { ArgumentError, FormatError, InputOutputError, show } from '../errors.ts'
import { joinBuffers, MODEL_FILE, modelJson, readArtifacts, WEIGHTS_FILE } from '../formats/model-json.ts'
import { checkJsonSize, MAX_JSON_BYTES } from '../json.ts'
import { makeFolder } from './folders.node.ts'
import { type IOHandler, type ModelArtifacts, type SaveResult, saveResult } from './io-handler.ts'

/**
 * A handler for a directory. Saving makes it where need be and writes `DIR/model.json` and `DIR/weights.bin`; loading
 * also takes the path of the JSON file itself.
 * @throws InputOutputError, when it is used, for what cannot be read or written
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
  const files = [
    { name: WEIGHTS_FILE, bytes: weights },
    { name: MODEL_FILE, bytes: new TextEncoder().encode(modelJson(artifacts)) },
  ].map((file) => ({ ...file, temporary: join(directory, `.${file.name}.${randomBytes(6).toString('hex')}.tmp`) }))
  try {
    await makeFolder(directory)
    for (const { temporary, bytes } of files) await writeFlushed(temporary, bytes)
    for (const { temporary, name } of files) await rename(temporary, join(directory, name))
  } catch (error) {
    for (const { temporary } of files) await rm(temporary, { force: true }).catch(() => {})
    throw unwritable(directory, error)
  }
  return saveResult(artifacts)
}

async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function loadFrom(source: string): Promise<ModelArtifacts> {
  const bytes = await readBytes(source, MAX_JSON_BYTES + 1)
  checkJsonSize(source, bytes.length)
  return readArtifacts(source, bytes, async (path, limit) => readBytes(await besideFile(source, path), limit))
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
    const { size } = await stat(path)
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
  const hint = basename(path) === MODEL_FILE ? `give the directory that holds ${MODEL_FILE}` : undefined
  return new InputOutputError(
    { who: path, expected: 'a file to read', received: reason(error), hint },
    { cause: error },
  )
}
