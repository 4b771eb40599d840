/** Two builds of the library: for Node, with files and the command line, and for browsers, without a `node:` import. */

import { defineConfig, type UserConfig } from 'tsdown'

const common: UserConfig = {
  format: 'esm',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  clean: true,
  fixedExtension: false,
}

export default defineConfig([
  {
    ...common,
    platform: 'node',
    outDir: 'dist/node',
    entry: { index: 'src/index.node.ts', cli: 'src/cli/main.ts' },
  },
  {
    ...common,
    platform: 'browser',
    outDir: 'dist/browser',
    entry: { index: 'src/index.ts' },
  },
])
