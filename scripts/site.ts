/**
 * Puts the demo and the documentation into one folder, `build/site`, for any static host: the demo is its first page, the
 * documentation lies in `docs/`. All addresses are relative, so the folder works at any path.
 */

import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BUILD = fileURLToPath(new URL('../build', import.meta.url))
const OUT = join(BUILD, 'site')

/** What lets the demo run threads, as Netlify and Cloudflare Pages read it. Elsewhere a service worker of the demo does it. */
const HEADERS = `/*
  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Embedder-Policy: require-corp
`

await rm(OUT, { recursive: true, force: true })
await cp(join(BUILD, 'demo'), OUT, { recursive: true })
await cp(join(BUILD, 'docs'), join(OUT, 'docs'), { recursive: true })
await writeFile(join(OUT, '_headers'), HEADERS)
// GitHub Pages would leave out files that begin with an underscore.
await writeFile(join(OUT, '.nojekyll'), '')
console.log(`The site is in ${OUT}`)
