/**
 * The public surface as typedoc reads it from the types: what the reference is written from, and what tells whether each
 * name says what it is. Names that only say what quadlane has not are left out.
 */

import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  Application,
  Comment,
  CommentTag,
  Context,
  Converter,
  type DeclarationReflection,
  type DocumentReflection,
  type ProjectReflection,
  ReflectionKind,
  type TypeDocOptions,
} from 'typedoc'
import { completeExample } from './examples.ts'
import { GROUP_TITLES, groupOf } from './groups.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const REPOSITORY = 'https://github.com/quadlane/quadlane/blob/main'

/** Modules by the names that programs import. */
const MODULES: Readonly<Record<string, string>> = { 'index.node': 'quadlane', kernels: 'quadlane/kernels' }

/** Titles of the groups of pages, in the order of the navigation. */
const PAGES = 'Pages'
const RECIPES = 'Recipes'

export interface Reference {
  readonly app: Application
  readonly project: ProjectReflection
}

/** Reads the types. With `pages` the markdown pages of `docs/` come along, and examples become whole programs. */
export async function readReference(pages = false, options: TypeDocOptions = {}): Promise<Reference> {
  const app = await Application.bootstrap({
    name: 'quadlane',
    entryPoints: [join(ROOT, 'src/index.node.ts'), join(ROOT, 'src/kernels.ts')],
    tsconfig: join(ROOT, 'tsconfig.json'),
    // The types are checked elsewhere.
    skipErrorChecking: true,
    excludePrivate: true,
    excludeProtected: true,
    excludeInternal: true,
    excludeExternals: true,
    disableGit: true,
    basePath: ROOT,
    displayBasePath: ROOT,
    gitRevision: 'main',
    sourceLinkTemplate: `${REPOSITORY}/{path}#L{line}`,
    categorizeByGroup: false,
    categoryOrder: [PAGES, RECIPES, ...GROUP_TITLES, '*'],
    sort: ['documents-first', 'alphabetical-ignoring-documents'],
    logLevel: 'Warn',
    ...(pages && { projectDocuments: await documents() }),
    ...options,
  })
  factoriesAreFunctions()
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      module.name = MODULES[module.name] ?? module.name
      order(project, module)
    }
    if (!pages) return
    for (const page of project.documents ?? []) settlePage(page, project)
    completeExamples(project)
  })
  const project = await app.convert()
  if (project === undefined) throw new Error('typedoc could not read the types')
  return { app, project }
}

/** The pages of `docs/`, the list of them first. */
async function documents(): Promise<string[]> {
  const inFolder = async (folder: string): Promise<string[]> =>
    (await readdir(join(ROOT, folder)))
      .filter((name) => name.endsWith('.md'))
      .sort((a, b) => Number(b === 'README.md') - Number(a === 'README.md') || (a < b ? -1 : 1))
      .map((name) => join(ROOT, folder, name))
  const beside = ['CONTRIBUTING.md', 'CHANGELOG.md'].map((name) => join(ROOT, name)).filter((path) => existsSync(path))
  return [...(await inFolder('docs')), ...(await inFolder('docs/recipes')), ...beside]
}

/** A constant that can be called is a function to whoever calls it: layers are made by such. */
function factoriesAreFunctions(): void {
  const { getComment } = Context.prototype
  Context.prototype.getComment = function (symbol, kind) {
    const comment = getComment.call(this, symbol, kind)
    if (kind !== ReflectionKind.Variable) return comment
    const marked = comment ?? new Comment()
    marked.modifierTags.add('@function')
    return marked
  }
}

/** Takes out what is absent, and gives each name its group. */
function order(project: ProjectReflection, parent: DeclarationReflection, namespace?: string): void {
  for (const child of [...(parent.children ?? [])]) {
    child.comment?.modifierTags.delete('@function')
    const file = fileOf(child)
    if (file.endsWith('absent.ts')) {
      project.removeReflection(child)
      continue
    }
    const group = parent.name === 'quadlane/kernels' ? undefined : groupOf(file, namespace)
    if (group !== undefined) {
      child.comment ??= new Comment()
      child.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: group }]))
    }
    if (child.kind === ReflectionKind.Namespace) order(project, child, child.name)
  }
}

/** The file that declares a name, as a path below `src`. */
export function fileOf(reflection: DeclarationReflection): string {
  return reflection.sources?.[0]?.fileName.replace(/^src\//, '') ?? ''
}

/** A page gets the title that it begins with, its place in the navigation, and links that lead to code lead to it. */
function settlePage(page: DocumentReflection, project: ProjectReflection): void {
  const text = page.content[0]
  const title = text?.kind === 'text' ? /^\s*# (.*)\n/.exec(text.text) : null
  if (text?.kind === 'text' && title !== null) {
    page.name = title[1]!.replaceAll('`', '')
    text.text = text.text.slice(title[0].length)
  }
  const path = project.files.getReflectionPath(page) ?? ''
  page.comment ??= new Comment()
  const category = path.includes('/recipes/') ? RECIPES : PAGES
  page.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: category }]))
  page.content = page.content.map((part) => {
    if (part.kind !== 'relative-link' || part.target === undefined) return part
    const file = project.files.resolvePath(part.target)
    if (file === undefined || /\.(?:md|png|svg)$/.test(file)) return part
    const anchor = part.targetAnchor === undefined ? '' : `#${part.targetAnchor}`
    return { kind: 'text', text: `${REPOSITORY}/${file.slice(ROOT.length)}${anchor}` }
  })
}

/** Examples are shown as programs that can be copied: with the import that they need. */
function completeExamples(project: ProjectReflection): void {
  for (const reflection of Object.values(project.reflections)) {
    for (const tag of reflection.comment?.blockTags ?? []) {
      if (tag.tag !== '@example') continue
      for (const part of tag.content) {
        if (part.kind === 'code')
          part.text = part.text.replace(
            /```\w*\n([\s\S]*?)```/,
            (_, code: string) => `\`\`\`js\n${completeExample(code)}\`\`\``,
          )
      }
    }
  }
}

/** The text of a file of the repository. */
export function textOf(path: string): Promise<string> {
  return readFile(join(ROOT, path), 'utf8')
}
