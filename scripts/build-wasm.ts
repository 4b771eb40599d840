/**
 * Compiles `assembly/` into the WebAssembly builds that asconfig.json lists, takes each apart into the sets of kernels
 * that pages download, and writes these as TypeScript modules with their bytes, so that no user and no bundler ever has
 * to find a .wasm file. They are deflated and then in base64: base64 alone hides their repetitions from the compression of
 * a server. Skips what is already up to date.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { deflateRawSync } from 'node:zlib'
import { deflateAsync } from '@gfx/zopfli'
import { braided } from '../src/runtime/braid.ts'
import { kernelSets, writeSet } from './kernel-sets.ts'
import { orderFunctions } from './order-functions.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUT = join(ROOT, 'src/runtime/wasm')
const TARGETS = ['simd', 'relaxed', 'wide'] as const

const fileOf = (set: string, target: string): string => join(ROOT, `build/${set}.${target}.wasm`)

const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js')

/** Writes `build/*.wasm` and `src/runtime/wasm/*.ts`. */
export async function buildWasm(): Promise<void> {
  const stamp = await sourceHash()
  const stampFile = join(OUT, 'sources.sha256')
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return
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
  for (const name of Object.keys(sets)) {
    await orderFunctions(TARGETS.map((target) => fileOf(name, target)))
    await writeModules(name, deflateSmall)
  }
  // No page downloads all of them at once: they are for `quadlane/kernels`.
  await writeModules('kernels', async (bytes) => deflateRawSync(bytes, { level: 9 }))
  await writeFile(join(OUT, 'exports.d.ts'), await readFile(join(ROOT, 'build/kernels.simd.d.ts'), 'utf8'))
  const types = Object.values(sets).map(
    ({ name, kernels }) => `  ${name}: ${kernels.map((each) => `'${each}'`).join(' | ')}`,
  )
  const header = '/** The kernels by the set that they are in. Written by scripts/build-wasm.ts. */'
  await writeFile(join(OUT, 'sets.d.ts'), `${header}\nexport interface KernelSets {\n${types.join('\n')}\n}\n`)
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
    'scripts/kernel-sets.ts',
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

/** The builds of a set as TypeScript modules: those for pages as one braid, and the same with the wide one for Node. */
async function writeModules(name: string, deflate: (bytes: Uint8Array) => Promise<Uint8Array>): Promise<void> {
  const packed = async (bytes: Uint8Array): Promise<string> => Buffer.from(await deflate(bytes)).toString('base64')
  const [simd, relaxed, wide] = await Promise.all(TARGETS.map((target) => readFile(fileOf(name, target))))
  const written = 'Written by scripts/build-wasm.ts.'
  const braid = `/** The simd and the relaxed build of the ${name} set as a braid, deflated. ${written} */
export const braid: string =
  '${await packed(braided([simd!, relaxed!]))}'
`
  await writeFile(join(OUT, `${name}.ts`), braid)
  const withWide = `/** All builds of the ${name} set, deflated. ${written} */
export { braid } from './${name}.ts'
export const wide: string =
  '${await packed(wide!)}'
`
  await writeFile(join(OUT, `${name}.node.ts`), withWide)
}

/** Zopfli's output is deflate's, 6 % smaller than zlib can. */
function deflateSmall(bytes: Uint8Array): Promise<Uint8Array> {
  return deflateAsync(bytes, { numiterations: 30 })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWasm()
