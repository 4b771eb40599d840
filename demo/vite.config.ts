/**
 * Builds and serves the demo. `quadlane` is the package itself, found as its users find it, so `npm run build` comes
 * first. Addresses are relative: the files work from any folder of any host.
 */

import { defineConfig } from 'vite'

/** With these a page is cross-origin isolated, and quadlane may use threads. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  server: { headers: ISOLATION },
  preview: { headers: ISOLATION },
  worker: { format: 'es' },
  build: { outDir: '../build/demo', emptyOutDir: true, target: 'es2023' },
})
