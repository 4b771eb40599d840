/**
 * Builds the documentation: the reference, out of the types, and the pages of `docs/` around it, as static files with one
 * navigation and a search, in `build/docs`. Whatever of it leads nowhere is an error.
 */

import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PageEvent } from 'typedoc'
import { accessible } from './docs/accessible.ts'
import { ROOT, readReference } from './docs/reference.ts'

const OUT = join(ROOT, 'build/docs')

const { app, project } = await readReference(true, {
  readme: join(ROOT, 'README.md'),
  favicon: join(ROOT, 'demo/public/favicon.svg'),
  customCss: join(ROOT, 'scripts/docs/style.css'),
  navigation: { includeCategories: true, includeGroups: false, includeFolders: false, compactFolders: false },
  navigationLinks: {
    GitHub: 'https://github.com/quadlane/quadlane',
    npm: 'https://www.npmjs.com/package/quadlane',
  },
  searchInComments: true,
  searchInDocuments: true,
  highlightLanguages: ['js', 'ts', 'sh', 'json', 'html', 'python', 'text', 'diff', 'nginx'],
  hideGenerator: true,
  headings: { readme: false },
  githubPages: true,
  includeVersion: true,
})
app.renderer.on(PageEvent.END, (page) => {
  if (page.contents !== undefined) page.contents = accessible(page.contents)
})
await app.generateDocs(project, OUT)
const dead = await deadLinks()
for (const link of dead) console.error(link)
console.log(`${Object.keys(project.reflections).length} names and pages in ${OUT}`)
if (app.logger.hasErrors() || dead.length > 0) process.exitCode = 1

/** What the pages that were written lead to and is not there. */
async function deadLinks(): Promise<string[]> {
  const found: string[] = []
  for (const page of (await readdir(OUT, { recursive: true })).filter((name) => name.endsWith('.html'))) {
    const html = await readFile(join(OUT, page), 'utf8')
    for (const [, link] of html.matchAll(/(?:href|src|srcset)="([^"]*)"/g)) {
      if (/^(?:[a-z]+:|#|$)/.test(link!)) continue
      const path = decodeURIComponent(link!.split(/[?#]/)[0]!)
      if (!existsSync(join(OUT, dirname(page), path))) found.push(`${page}: ${link} is not there`)
    }
  }
  return found
}
