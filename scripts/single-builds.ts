/** Gives the bundle that is one file its own list of the builds, in which they share their bytes. */

import { fileURLToPath } from 'node:url'

const LIST = fileURLToPath(new URL('../src/runtime/builds.single.ts', import.meta.url))

export const singleBuilds = {
  name: 'single-builds',
  resolveId: (specifier: string): string | undefined => (specifier === '#builds' ? LIST : undefined),
}
