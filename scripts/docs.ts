/**
 * Builds the documentation: the reference, out of the types, and the pages of `docs/` around it, as static files with one
 * navigation and a search, in `build/docs`. Whatever of it leads nowhere is an error.
 */

import { join } from 'node:path'
import { ROOT, readReference } from './docs/reference.ts'

const OUT = join(ROOT, 'build/docs')

const { app, project } = await readReference(true, {
  readme: join(ROOT, 'README.md'),
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
  validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: false },
})
app.validate(project)
await app.generateDocs(project, OUT)
console.log(`${Object.keys(project.reflections).length} names and pages in ${OUT}`)
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1
