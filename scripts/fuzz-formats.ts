/**
 * Mutants of model files through every reader: bits flipped, bytes and lengths replaced, ends cut off, pieces doubled. Each
 * must be read or refused with a typed error, within a second and within a small multiple of its size.
 *
 *     npx tsx scripts/fuzz-formats.ts FOLDER [--mutants 10000] [--seconds 200] [--seed 1]
 *
 * FOLDER holds model files at any depth; those above 600 kB are left out. Prints the counts, and what broke with the seed
 * that makes it again.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { FormatError } from '../src/errors.ts'
import { Bytes } from '../src/formats/bytes.ts'
import { datasetsBelow, isHdf5, openHdf5 } from '../src/formats/hdf5.ts'
import { isKerasH5, isKerasZip, readKeras, readKerasH5, readKerasH5Weights } from '../src/formats/keras.ts'
import { isOnnx, readOnnx } from '../src/formats/onnx.ts'
import { describeOnnx } from '../src/formats/onnx-import.ts'
import { isPyTorchLegacy, isPyTorchZip, readPyTorch } from '../src/formats/pytorch.ts'
import { isSafetensors, readSafetensors } from '../src/formats/safetensors.ts'
import { isZip, readZip } from '../src/formats/zip.ts'
import { parseJson } from '../src/json.ts'
import { Random } from '../src/random.ts'

const MAX_BYTES = 600_000

/** A file by whichever reader its beginning is for. */
async function read(bytes: Bytes): Promise<void> {
  if (isZip(bytes)) {
    const archive = readZip(bytes)
    if (isKerasZip(archive)) readKeras(bytes, archive)
    else if (isPyTorchZip(archive)) readPyTorch(bytes, archive)
  } else if (isHdf5(bytes.bytes)) {
    const root = openHdf5('mutant', bytes.bytes)
    if (isKerasH5(root)) readKerasH5(bytes)
    else if (readKerasH5Weights('mutant', root) === undefined)
      for (const node of datasetsBelow(root).values()) node.read()
  } else if (isSafetensors(bytes)) readSafetensors(bytes)
  else if (isPyTorchLegacy(bytes)) readPyTorch(bytes)
  else if (isOnnx(bytes)) describeOnnx('mutant', await readOnnx(bytes, async () => new Uint8Array(0)))
  else parseJson('mutant', bytes.bytes)
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(keras|h5|hdf5|onnx|pth|safetensors|json)$/.test(name) && !name.endsWith('index.json'))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && statSync(path).size <= MAX_BYTES)
}

/** What lengths and addresses are replaced by. */
const LIES = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0xffffffff]

function mutant(original: Uint8Array, random: Random): Uint8Array {
  const pick = (n: number): number => random.nextBelow(n)
  // Most of a file are weights, of which one byte is as good as another: the structure lies at its ends.
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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mutants: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: '1' },
  },
})
const files = filesBelow(positionals[0] ?? '.').map((path) => ({ path, bytes: new Uint8Array(readFileSync(path)) }))
const [mutants, seed] = [Number(values.mutants), Number(values.seed)]

async function run(): Promise<void> {
  const root = new Random(seed)
  const counts = { read: 0, refused: 0, broken: 0, slow: 0 }
  let slowest = 0
  const end = performance.now() + 1000 * Number(values.seconds)
  let done = 0
  for (let i = 0; i < mutants && performance.now() < end; i++, done++) {
    const { path, bytes } = files[i % files.length]!
    const start = performance.now()
    try {
      await read(new Bytes('mutant', mutant(bytes, root.fork(i))))
      counts.read++
    } catch (error) {
      if (error instanceof FormatError) counts.refused++
      else {
        counts.broken++
        console.error(`mutant ${i} of ${path}, seed ${seed}:`, error)
      }
    }
    const took = performance.now() - start
    slowest = Math.max(slowest, took)
    if (took <= 1000) continue
    counts.slow++
    console.error(`mutant ${i} of ${path}, seed ${seed}: ${Math.round(took)} ms`)
  }
  console.log(JSON.stringify({ files: files.length, mutants: done, ...counts, slowest: Math.round(slowest) }))
  if (counts.broken > 0) process.exitCode = 1
}

await run()
