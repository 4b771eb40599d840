/**
 * Builds the package: the WebAssembly modules, then the library for Node with files and the command line, for bundlers
 * and browsers without a `node:` import, as one file for pages without a bundler, and the files for those who host the
 * kernels themselves. Ends with what a page downloads.
 */

import { build, type InlineConfig } from 'tsdown'
import { buildWasm } from './build-wasm.ts'
import { buildWorker } from './build-worker.ts'
import { bytesLast } from './bytes-last.ts'
import { eagerImports } from './eager-imports.ts'
import { writeHostedFiles } from './hosted-files.ts'
import { kernelsFirst } from './kernels-first.ts'
import { keepNamespaces, namespaceEntries } from './namespaces.ts'
import { oneSet } from './one-set.ts'
import { formatSizes, measureSizes } from './sizes.ts'

/** Docstrings are in the types; the code keeps the marks that bundlers read. */
const OUTPUT = { comments: { annotation: true, jsdoc: false, legal: true } } as const

const COMMON: InlineConfig = {
  config: false,
  format: 'esm',
  target: 'es2023',
  clean: true,
  fixedExtension: false,
  hash: false,
  logLevel: 'warn',
  inputOptions: { checks: { pluginTimings: false }, treeshake: { moduleSideEffects: false } },
  outputOptions: OUTPUT,
}

await buildWasm()
await buildWorker()

// As it is, so that stack traces are read without a source map.
await build({
  ...COMMON,
  platform: 'node',
  outDir: 'dist/node',
  dts: true,
  entry: {
    index: 'src/index.node.ts',
    kernels: 'src/kernels.ts',
    data: 'src/data/index.node.ts',
    cli: 'src/cli/main.ts',
    'picture-worker': 'src/data/picture-worker.node.ts',
  },
})

// A file for each source file, so that a bundler leaves out those that a page does not need; and as it is, since it leaves
// out parts of a file by marks that minifying loses. Line for line the source without its types: it needs no source map.
await build({
  ...COMMON,
  platform: 'browser',
  outDir: 'dist/browser',
  dts: true,
  unbundle: true,
  plugins: [keepNamespaces, kernelsFirst],
  entry: { index: 'src/index.ts', kernels: 'src/kernels.ts', ...namespaceEntries() },
})

await build({
  ...COMMON,
  platform: 'browser',
  sourcemap: true,
  // Errors name the classes of what they received.
  minify: { mangle: { keepNames: { class: true, function: false } } },
  outDir: 'dist/single',
  dts: false,
  deps: { alwaysBundle: [/./] },
  plugins: [oneSet, eagerImports, bytesLast],
  entry: { 'quadlane.min': 'src/index.ts' },
  outputOptions: { ...OUTPUT, codeSplitting: false },
})

// The same for a classic script, which finds it in the global `quadlane`.
await build({
  ...COMMON,
  format: 'iife',
  globalName: 'quadlane',
  platform: 'browser',
  minify: { mangle: { keepNames: { class: true, function: false } } },
  outDir: 'dist/single',
  clean: false,
  dts: false,
  deps: { alwaysBundle: [/./] },
  plugins: [oneSet, eagerImports, bytesLast],
  entry: { quadlane: 'src/index.ts' },
  outputOptions: { ...OUTPUT, codeSplitting: false, entryFileNames: 'quadlane.iife.min.js' },
})

// CommonJS for those who cannot `require` a module, as Jest; Node's own `require` takes the module.
for (const [name, platform, entry] of [
  ['index', 'node', 'src/index.node.ts'],
  ['picture-worker', 'node', 'src/data/picture-worker.node.ts'],
  ['browser', 'browser', 'src/index.ts'],
] as const) {
  await build({
    ...COMMON,
    format: 'cjs',
    platform,
    outDir: 'dist/cjs',
    clean: name === 'index',
    dts: false,
    // Its decoders are loaded one by one.
    plugins: name === 'picture-worker' ? [] : [eagerImports],
    entry: { [name]: entry },
    outputOptions: { ...OUTPUT, codeSplitting: false, entryFileNames: `${name}.cjs` },
  })
}

await writeHostedFiles()
console.log(formatSizes(await measureSizes()))
