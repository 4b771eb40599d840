/**
 * Compiles `assembly/` into the WebAssembly builds that asconfig.json lists, takes each apart into the sets of kernels
 * that pages download, makes the baseline of the relaxed one, and writes these as TypeScript modules with their bytes, so
 * that no user and no bundler ever has to find a .wasm file. They are packed and then in base64: base64 alone hides their
 * repetitions from the compression of a server. LZMA packs best, and its decoder is small; Node has that of Brotli. Skips
 * what is already up to date.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompressSync, constants } from 'node:zlib'
import { kernelSets, writeSet } from './kernel-sets.ts'
import { lzmaEncoded } from './lzma.ts'
import { unfused } from './unfused.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUT = join(ROOT, 'src/runtime/wasm')
const TARGETS = ['relaxed', 'wide'] as const

const fileOf = (set: string, target: string): string => join(ROOT, `build/${set}.${target}.wasm`)

const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js')

/** Writes `build/*.wasm` and `src/runtime/wasm/*.ts`. */
export async function buildWasm(): Promise<void> {
  const hash = await sourceHash()
  const stampFile = join(OUT, 'sources.sha256')
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === hash) return
  await mkdir(OUT, { recursive: true })
  await Promise.all(TARGETS.map(compile))
  const sets = await kernelSets()
  await Promise.all(
    TARGETS.flatMap((target) =>
      Object.values(sets).map(({ name, kernels }) =>
        writeSet(fileOf('kernels', target), fileOf(name, target), kernels),
      ),
    ),
  )
  for (const name of [...Object.keys(sets), 'kernels']) {
    await writeFile(fileOf(name, 'simd'), unfused(await readFile(fileOf(name, 'relaxed'))))
    await writeModules(name)
  }
  await writeFile(join(OUT, 'exports.d.ts'), await readFile(join(ROOT, 'build/kernels.relaxed.d.ts'), 'utf8'))
  const types = Object.values(sets).map(
    ({ name, kernels }) => `  ${name}: ${kernels.map((each) => `'${each}'`).join(' | ')}`,
  )
  const header = '/** The kernels by the set that they are in. Written by scripts/build-wasm.ts. */'
  await writeFile(join(OUT, 'sets.d.ts'), `${header}\nexport interface KernelSets {\n${types.join('\n')}\n}\n`)
  await writeFile(stampFile, hash)
}

/** The modules depend on the AssemblyScript sources, their configuration and the compiler's version. */
async function sourceHash(): Promise<string> {
  const hash = createHash('sha256')
  const sources = (await readdir(join(ROOT, 'assembly'), { recursive: true })).filter((name) => name.endsWith('.ts'))
  const files = [
    ...sources.sort().map((name) => `assembly/${name}`),
    'asconfig.json',
    'scripts/build-wasm.ts',
    'scripts/kernel-sets.ts',
    'scripts/unfused.ts',
    'src/runtime/fuse.ts',
  ]
  for (const file of files) hash.update(file).update(await readFile(join(ROOT, file)))
  hash.update(await readFile(join(asc, '../../package.json')))
  return hash.digest('hex')
}

async function compile(target: (typeof TARGETS)[number]): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [asc, '--target', target], { cwd: ROOT })
  } catch (error) {
    console.error(`asc --target ${target} failed:\n${(error as { stderr?: string }).stderr ?? error}`)
    process.exit(1)
  }
}

/** The builds of a set as TypeScript modules: for pages the baseline, and for Node that with the wide one. */
async function writeModules(set: string): Promise<void> {
  const [simd, wide] = await Promise.all(
    ['simd', 'wide'].map(async (name) => ({ name, bytes: await readFile(fileOf(set, name)) })),
  )
  await writeFile(join(OUT, `${set}.ts`), moduleText(set, 'LZMA', [simd!], lzmaEncoded))
  await writeFile(join(OUT, `${set}.node.ts`), moduleText(set, 'Brotli', [simd!, wide!], brotli))
}

interface Build {
  readonly name: string
  readonly bytes: Uint8Array
}

function moduleText(
  set: string,
  how: string,
  builds: readonly Build[],
  pack: (bytes: Uint8Array) => Uint8Array,
): string {
  const packed = Buffer.from(pack(Buffer.concat(builds.map(({ bytes }) => bytes))))
  const sizes = builds.map(({ name, bytes }) => `${name}: ${bytes.length}`)
  return `/** Builds of the ${set} set, packed by ${how}. Written by scripts/build-wasm.ts. */
export const packed: string =
  '${packed.toString('base64')}'
export const sizes = { ${sizes.join(', ')} }
`
}

function brotli(bytes: Uint8Array): Uint8Array {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWasm()
