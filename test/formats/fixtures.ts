/** Files of other tools, and what tests of all formats do with bytes. */

import { FormatError } from '../../src/errors.ts'
import { Bytes } from '../../src/formats/bytes.ts'
import files from '../fixtures/containers.json' with { type: 'json' }

export type FixtureName = keyof typeof files

export function fixture(name: FixtureName): Uint8Array {
  return Uint8Array.from(atob(files[name]), (letter) => letter.charCodeAt(0))
}

export function bytesOf(bytes: Uint8Array): Bytes {
  return new Bytes('file', bytes)
}

/** 0, 0.5, 1, …: what the files hold. */
export function halves(count: number, start = 0): number[] {
  return Array.from({ length: count }, (_, i) => (start + i) / 2)
}

/**
 * Reads prefixes of some bytes, and the bytes with one of them changed: all must be read or refused.
 * @returns how many were refused
 */
export function mutilate(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown, step = 1): number {
  let refused = 0
  const attempt = (mutant: Uint8Array): void => {
    try {
      read(mutant)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      refused++
    }
  }
  for (let length = 0; length < bytes.length; length += step) attempt(bytes.slice(0, length))
  for (let at = 0; at < bytes.length; at += step) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const mutant = bytes.slice()
      mutant[at] = value
      attempt(mutant)
    }
  }
  return refused
}
