/** Folders to be, with those above them. */

import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder and those above it that are missing.
 *
 * Not by `mkdir({ recursive: true })`: where a file system refuses a folder with ENOENT, as /proc does, that tries again
 * for ever.
 * @returns the topmost folder that was made; undefined where all were there
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  const missing: string[] = []
  let at = resolve(folder)
  while (!(await exists(at))) {
    missing.unshift(at)
    at = dirname(at)
  }
  for (const each of missing) {
    await mkdir(each).catch((error: NodeJS.ErrnoException) => {
      // Another process may have been faster.
      if (error.code !== 'EEXIST') throw error
    })
  }
  // Refuses a file that stands where the folder should be.
  if (missing.length === 0)
    await mkdir(resolve(folder)).catch((error: NodeJS.ErrnoException) => checkFolder(folder, error))
  return missing[0]
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}

async function checkFolder(folder: string, error: NodeJS.ErrnoException): Promise<void> {
  if (error.code === 'EEXIST' && (await stat(folder)).isDirectory()) return
  throw error
}
