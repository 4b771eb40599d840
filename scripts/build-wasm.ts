/**
 * Compiles `assembly/` into the WebAssembly builds that asconfig.json lists and writes each as a TypeScript module with
 * its bytes, so that no user and no bundler ever has to find a .wasm file. They are deflated and then in base64: base64
 * alone hides their repetitions from the compression of a server. Skips what is already up to date.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ZopfliOptions, zlibAsync } from '@gfx/zopfli'
import { braided } from '../src/runtime/braid.ts'
import { orderFunctions } from './order-functions.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUT = join(ROOT, 'src/runtime/wasm')
const TARGETS = ['simd', 'relaxed', 'wide'] as const

/** Zopfli's output is zlib's, 6 % smaller than zlib can. */
const SMALLEST: ZopfliOptions = { numiterations: 30 }

const fileOf = (target: string): string => join(ROOT, `build/kernels.${target}.wasm`)

const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js')

/** Writes `build/kernels.*.wasm` and `src/runtime/wasm/*.ts`. */
export async function buildWasm(): Promise<void> {
  const stamp = await sourceHash()
  const stampFile = join(OUT, 'sources.sha256')
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return
  await mkdir(OUT, { recursive: true })
  await Promise.all(TARGETS.map(compile))
  await orderFunctions(TARGETS.map(fileOf))
  const modules = await Promise.all(TARGETS.map((target) => readFile(fileOf(target))))
  for (const [i, target] of TARGETS.entries())
    await writeModule(target, `The ${target} build of assembly/`, modules[i]!)
  await writeModule('braid', 'The simd and the relaxed build of assembly/ as a braid', braided(modules.slice(0, 2)))
  await writeFile(join(OUT, 'exports.d.ts'), await readFile(join(ROOT, 'build/kernels.simd.d.ts'), 'utf8'))
  await writeFile(stampFile, stamp)
}

/** The modules depend on the AssemblyScript sources, their configuration and the compiler's version. */
async function sourceHash(): Promise<string> {
  const hash = createHash('sha256')
  const sources = (await readdir(join(ROOT, 'assembly'), { recursive: true })).filter((name) => name.endsWith('.ts'))
  const files = [
    ...sources.sort().map((name) => `assembly/${name}`),
    'asconfig.json',
    'scripts/build-wasm.ts',
    'scripts/order-functions.ts',
    'src/runtime/braid.ts',
    'src/runtime/wasm-bytes.ts',
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

/** Bytes as a TypeScript module. */
async function writeModule(name: string, about: string, bytes: Uint8Array): Promise<void> {
  const text = Buffer.from(await zlibAsync(bytes, SMALLEST)).toString('base64')
  const module = `/** ${about}, ${bytes.length} bytes, deflated. Written by scripts/build-wasm.ts. */
export const wasm: string =
  '${text}'
`
  await writeFile(join(OUT, `${name}.ts`), module)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWasm()
