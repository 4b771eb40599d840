/** What --data means. */

import { readdir, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ArgumentError, show } from '../errors.ts'

/** The built-in digits, MNIST or files like its, a folder of pictures for each class. */
export type DataKind = 'digits' | 'mnist' | 'pictures'

/** --data as it can be kept: a folder by its full path. */
export function fullDataName(data: string): string {
  return data === 'digits' || data === 'mnist' ? data : resolve(data)
}

const IDX_FILE = /^(train|t10k)-(images|labels)[-.]idx\d-ubyte(\.gz)?$/

/** @throws ArgumentError where there is no such folder */
export async function dataKind(who: string, data: string): Promise<DataKind> {
  if (data === 'digits' || data === 'mnist') return data
  const found = await stat(data).catch(() => undefined)
  // A misspelt name is no folder: say what the names are.
  if (found?.isDirectory() !== true) {
    throw new ArgumentError({
      who,
      expected: '--data to be digits, mnist, a folder of pictures for each class, or one with the four MNIST files',
      received: `${show(data)}, which is no folder`,
    })
  }
  const names = await readdir(data)
  return names.some((name) => IDX_FILE.test(name)) ? 'mnist' : 'pictures'
}
