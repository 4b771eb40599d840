/**
 * Builds the package: the WebAssembly modules, then the library twice, for Node with files and the command line, and for
 * browsers without a `node:` import.
 */

import { build, type InlineConfig } from 'tsdown'
import { buildWasm } from './build-wasm.ts'
import { buildWorker } from './build-worker.ts'

const COMMON: InlineConfig = {
  config: false,
  format: 'esm',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  clean: true,
  fixedExtension: false,
  logLevel: 'warn',
  inputOptions: { checks: { pluginTimings: false } },
}

await buildWasm()
await buildWorker()
await build({
  ...COMMON,
  platform: 'node',
  outDir: 'dist/node',
  entry: { index: 'src/index.node.ts', cli: 'src/cli/main.ts' },
})
await build({ ...COMMON, platform: 'browser', outDir: 'dist/browser', entry: { index: 'src/index.ts' } })
