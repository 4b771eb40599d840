/** Bundles what a helper thread runs into a string, so that no user and no bundler ever has to find a worker file. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUT = join(ROOT, 'src/runtime/wasm')

/** Writes `src/runtime/wasm/pool-worker.ts`. */
export async function buildWorker(): Promise<void> {
  await build({
    config: false,
    cwd: ROOT,
    entry: { 'pool-worker': 'src/runtime/pool-worker.ts' },
    outDir: 'build',
    clean: false,
    platform: 'neutral',
    format: 'iife',
    target: 'es2023',
    minify: true,
    dts: false,
    logLevel: 'warn',
    inputOptions: { external: ['node:worker_threads'] },
  })
  const source = await readFile(join(ROOT, 'build/pool-worker.iife.js'), 'utf8')
  await mkdir(OUT, { recursive: true })
  const module = `/** src/runtime/pool-worker.ts as a script. Written by scripts/build-worker.ts. */
export const worker: string = ${JSON.stringify(source)}
`
  await writeFile(join(OUT, 'pool-worker.ts'), module)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWorker()
