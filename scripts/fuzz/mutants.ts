/**
 * Mutants of files: bytes changed, lengths that lie, ends cut off; and, where a file's content is JSON or stands in a
 * container, changes of a value within it under checksums and lengths that are right again.
 */

import { Bytes } from '../../src/formats/bytes.ts'
import { isZip, readZip, writeZip } from '../../src/formats/zip.ts'
import type { Random } from '../../src/random.ts'

export function mutant(original: Uint8Array, random: Random): Uint8Array {
  const kind = random.nextBelow(4)
  if (kind > 0 && isZip(new Bytes('seed', original))) return mutantInZip(original, random)
  if (kind > 1 && original[0] === 0x7b) return mutantOfJson(original, random)
  // A safetensors file: its header's length, then JSON.
  if (kind > 1 && original[8] === 0x7b && original[7] === 0) return mutantOfHeader(original, random)
  return mutantOfBytes(original, random)
}

/** What lengths and addresses are replaced by. */
const LIES = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0xffffffff]

function mutantOfBytes(original: Uint8Array, random: Random): Uint8Array {
  const pick = (n: number): number => random.nextBelow(Math.max(1, n))
  // Most of a large file are weights, of which one byte is as good as another: the structure lies at its ends.
  const place = (length: number): number => {
    const near = pick(Math.min(length, 4096))
    return pick(3) === 0 ? pick(length) : pick(2) === 0 ? near : length - 1 - near
  }
  const bytes = original.slice()
  for (let change = 0; change <= pick(4); change++) {
    const at = place(bytes.length)
    const kind = pick(5)
    if (kind === 0) bytes[at]! ^= 1 << pick(8)
    else if (kind === 1) bytes[at] = pick(256)
    else if (kind === 2 && at + 4 <= bytes.length)
      new DataView(bytes.buffer).setUint32(at, LIES[pick(LIES.length)]!, true)
    else if (kind === 3) bytes.copyWithin(at, place(bytes.length), place(bytes.length))
    else if (pick(8) === 0) return bytes.slice(0, at)
  }
  return bytes
}

/** One entry's mutant among the others, or an entry lost or doubled under another's name. */
function mutantInZip(original: Uint8Array, random: Random): Uint8Array {
  const archive = readZip(new Bytes('seed', original))
  const entries = Object.fromEntries(archive.names.map((name) => [name, archive.read(name)]))
  const chosen = archive.names[random.nextBelow(archive.names.length)]!
  const kind = random.nextBelow(40)
  if (kind === 0) delete entries[chosen]
  else if (kind === 1) entries[archive.names[random.nextBelow(archive.names.length)]!] = entries[chosen]!
  else entries[chosen] = mutant(entries[chosen]!, random)
  return writeZip(entries)
}

function mutantOfHeader(original: Uint8Array, random: Random): Uint8Array {
  const size = new DataView(original.buffer, original.byteOffset).getUint32(0, true)
  const header = mutantOfJson(original.subarray(8, 8 + size), random)
  const bytes = new Uint8Array(original.length - size + header.length)
  new DataView(bytes.buffer).setUint32(0, header.length, true)
  bytes.set(header, 8)
  bytes.set(original.subarray(8 + size), 8 + header.length)
  return bytes
}

/** Stands for text that `JSON.stringify` would not write. */
const RAW = '\u0001raw\u0001'

/** What values are replaced by, as JSON. */
const VALUES = [
  ...['null', 'true', 'false', '0', '-1', '1', '2', '0.5', '1e308', '1e999', '2147483648', '9007199254740993', '-0'],
  ...['""', '"x"', '"__proto__"', '"constructor"', '"toString"', '"hasOwnProperty"', '"NaN"', '"\\u0000"', '"int32"'],
  ...['"../../etc/passwd"', '"/etc/passwd"', '"file:///etc/passwd"', '"..\\\\x"', '"%2e%2e/x"', '"a/../../x"'],
  ...['[]', '{}', '[[]]', '[null]', '[null, null]', '[0, 0]', '[1, 1, 1, 1]', '[-1]', '[[[["a", 0, 0, {}]]]]', '[1e9]'],
  ...['{"__proto__": {"polluted": 1}}', '{"constructor": {"prototype": {"polluted": 1}}}', '{"length": 4294967295}'],
  ...['{"class_name": "__proto__", "config": {}}', '{"class_name": "Dense", "config": null}', '{"class_name": []}'],
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
]

type Tree = Record<string, unknown>

/** Each object and array, with its keys. */
function branches(value: unknown, found: Tree[] = []): Tree[] {
  if (typeof value !== 'object' || value === null || found.length > 5000) return found
  found.push(value as Tree)
  for (const child of Object.values(value)) branches(child, found)
  return found
}

function mutantOfJson(original: Uint8Array, random: Random): Uint8Array {
  let root: unknown
  try {
    root = JSON.parse(new TextDecoder().decode(original))
  } catch {
    return mutantOfBytes(original, random)
  }
  const pick = <T>(of: readonly T[]): T => of[random.nextBelow(of.length)]!
  const raw: string[] = []
  for (let change = 0; change <= random.nextBelow(3); change++) {
    const all = branches(root).filter((each) => Object.keys(each).length > 0)
    if (all.length === 0) break
    const [to, from] = [pick(all), pick(all)]
    const [key, other] = [pick(Object.keys(to)), pick(Object.keys(from))]
    const kind = random.nextBelow(8)
    if (kind < 3) {
      raw.push(pick(VALUES))
      to[key] = RAW
    } else if (kind === 3) {
      if (Array.isArray(to)) to.splice(Number(key), 1)
      else delete to[key]
    } else if (kind === 4) to[key] = structuredClone(from[other])
    else if (kind === 5 && Array.isArray(to)) to.push(structuredClone(pick(to)))
    else if (kind === 5) to[other] = structuredClone(from[other])
    else if (kind === 6 && typeof to[key] === 'number') to[key] = (to[key] as number) + random.nextBelow(5) - 2
    else to[key] = Array.isArray(to[key]) ? [...(to[key] as unknown[])].reverse() : to[key]
  }
  const text = JSON.stringify(root).replaceAll(JSON.stringify(RAW), () => raw.shift() ?? '0')
  return new TextEncoder().encode(text)
}
