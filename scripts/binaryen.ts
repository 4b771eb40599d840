/** Binaryen's tools, as the AssemblyScript compiler brings them along. */

import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js')
const TOOLS = join(dirname(createRequire(asc).resolve('binaryen/package.json')), 'bin')
const FEATURES = ['simd', 'relaxed-simd', 'bulk-memory', 'nontrapping-float-to-int', 'sign-ext', 'mutable-globals']

/** Runs one of them with the features that kernels may use. */
export async function binaryen(tool: 'wasm-as' | 'wasm-dis' | 'wasm-opt', ...args: string[]): Promise<void> {
  const features = FEATURES.map((feature) => `--enable-${feature}`)
  await promisify(execFile)(process.execPath, [join(TOOLS, tool), ...features, ...args])
}
