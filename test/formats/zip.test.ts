import { describe, expect, it } from 'vitest'
import { FormatError } from '../../src/errors.ts'
import { isZip, readZip, writeZip } from '../../src/formats/zip.ts'
import { expectRefusal } from '../helpers/refusals.ts'
import { bytesOf, fixture, mutilate } from './fixtures.ts'

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function everything(bytes: Uint8Array): void {
  const archive = readZip(bytesOf(bytes))
  for (const name of archive.names) archive.read(name)
}

describe('readZip', () => {
  it('reads stored and deflated entries', () => {
    const bytes = bytesOf(fixture('zip'))
    const archive = readZip(bytes)
    expect(isZip(bytes)).toBe(true)
    expect(archive.names).toEqual(['stored.txt', 'folder/deflated.txt'])
    expect(text(archive.read('stored.txt'))).toBe('as it is')
    expect(text(archive.read('folder/deflated.txt'))).toBe('again and '.repeat(20))
  })

  it('says what is missing or damaged', () => {
    const archive = readZip(bytesOf(fixture('zip')))
    const missing = "file, offset 0: expected an entry 'other', received ['stored.txt', 'folder/deflated.txt']"
    expectRefusal(() => archive.read('other'), FormatError, missing)
    const damaged = fixture('zip')
    damaged[42] = 65
    const entry =
      "file, offset 0: expected entry 'stored.txt' as its checksum says, received other bytes — the archive is damaged"
    expectRefusal(() => readZip(bytesOf(damaged)).read('stored.txt'), FormatError, entry)
  })

  it('refuses a bomb before it unpacks it', () => {
    const bytes = fixture('zip')
    const view = new DataView(bytes.buffer)
    for (let at = 0; at < bytes.length - 28; at++) {
      const deflated = view.getUint32(at, true) === 0x02014b50 && view.getUint16(at + 10, true) === 8
      if (deflated) view.setUint32(at + 24, 2 ** 31, true)
    }
    const archive = readZip(bytesOf(bytes))
    expect(() => archive.read('folder/deflated.txt')).toThrow(/a file that unpacks to at most 100 times its size/)
  })

  it('refuses whatever is cut off or changed, or reads it', () => {
    expect(mutilate(fixture('zip'), everything)).toBeGreaterThan(fixture('zip').length)
  })
})

describe('writeZip', () => {
  it('writes what readZip reads, the same bytes each time', () => {
    const entries = { 'a.json': new TextEncoder().encode('{}'), 'b/c': new Uint8Array(1000).fill(7) }
    const bytes = writeZip(entries)
    const archive = readZip(bytesOf(bytes))
    expect(archive.names).toEqual(['a.json', 'b/c'])
    expect(archive.read('b/c')).toEqual(entries['b/c'])
    expect(writeZip(entries)).toEqual(bytes)
  })
})
