/**
 * Puts the demo and the documentation into one folder, `build/site`, for any static host: the demo is its first page, the
 * documentation lies in `docs/`. All addresses are relative, so the folder works at any path.
 */

import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
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
for (const page of await readdir(join(OUT, 'docs'), { recursive: true }))
  if (page.endsWith('.html')) await linkDemo(page)
await linkDocs()
await writeFile(join(OUT, '_headers'), HEADERS)
// GitHub Pages would leave out files that begin with an underscore.
await writeFile(join(OUT, '.nojekyll'), '')
/** A page of the documentation has a way back to the demo. */
async function linkDemo(page: string): Promise<void> {
  const path = join(OUT, 'docs', page)
  const html = await readFile(path, 'utf8')
  const up = '../'.repeat(page.split(/[\\/]/).length)
  // In the bar of a wide page, and in the menu of a narrow one.
  const github = /<a href="https:\/\/github\.com\/quadlane\/quadlane"( class="tsd-nav-link")?>GitHub</g
  const linked = html.replaceAll(github, (link, style = '') => `<a href="${up}index.html"${style}>Demo</a>${link}`)
  if (linked === html) throw new Error(`${path} has no links to put the demo's beside`)
  await writeFile(path, linked)
}

/** The demo leads to the documentation beside it. */
async function linkDocs(): Promise<void> {
  const path = join(OUT, 'index.html')
  const html = await readFile(path, 'utf8')
  const linked = html.replace(/(<meta name="docs" content=")[^"]*/, '$1docs/index.html')
  if (linked === html) throw new Error(`${path} has no <meta name="docs">`)
  await writeFile(path, linked)
}

console.log(`The site is in ${OUT}`)
