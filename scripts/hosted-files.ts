/** The files of `quadlane/wasm`, for pages that host the kernels and the worker themselves. */

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withSharedMemory } from '../src/runtime/shared-module.ts'
import { withStamp } from '../src/runtime/stamp.ts'
import { VERSION } from '../src/version.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUT = join(ROOT, 'dist/wasm')

/** Writes `dist/wasm/kernels.*.wasm`, each for a private and for a shared memory, and `dist/wasm/worker.js`. */
export async function writeHostedFiles(): Promise<void> {
  await mkdir(OUT, { recursive: true })
  for (const build of ['simd', 'relaxed', 'wide']) {
    const bytes = Uint8Array.from(await readFile(join(ROOT, `build/kernels.${build}.wasm`)))
    const plain = withStamp(bytes, { version: VERSION, build, shared: false })
    const shared = withStamp(withSharedMemory(bytes), { version: VERSION, build, shared: true })
    await writeFile(join(OUT, `kernels.${build}.wasm`), plain)
    await writeFile(join(OUT, `kernels.${build}.shared.wasm`), shared)
  }
  await copyFile(join(ROOT, 'build/pool-worker.iife.js'), join(OUT, 'worker.js'))
}
