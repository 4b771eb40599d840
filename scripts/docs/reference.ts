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
  type CommentDisplayPart,
  CommentTag,
  Context,
  Converter,
  type DeclarationReflection,
  type DocumentReflection,
  LiteralType,
  type NormalizedPath,
  type ProjectReflection,
  ReflectionKind,
  type TypeDocOptions,
  UnionType,
} from 'typedoc'
import type { Streams } from '../../src/cli/output.ts'
import { run } from '../../src/cli/run.ts'
import { completeExample } from './examples.ts'
import { GROUP_TITLES, groupOf } from './groups.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const REPOSITORY = 'https://github.com/quadlane/quadlane/blob/main'
/** A file of the repository as the README names it. */
const HOSTED =
  /https:\/\/(?:github\.com\/quadlane\/quadlane\/blob|raw\.githubusercontent\.com\/quadlane\/quadlane)\/main\/([\w./-]+)/

/** Modules by the names that programs import, and what they are. */
const MODULES: Readonly<Record<string, readonly [name: string, text: string]>> = {
  'index.node': [
    'quadlane',
    "Tensors, ops, layers, models, data: what `import { … } from 'quadlane'` gives, in Node and in pages.",
  ],
  kernels: [
    'quadlane/kernels',
    'The kernels on their buffers, without tensors and layers, for a framework of your own.',
  ],
}

/** Titles of the groups of pages, in the order of the navigation. */
const PAGES = 'Pages'
const RECIPES = 'Recipes'
const REFERENCE = 'Reference'

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
    categoryOrder: [PAGES, RECIPES, REFERENCE, ...GROUP_TITLES, '*'],
    sort: ['documents-first', 'alphabetical-ignoring-documents'],
    logLevel: 'Warn',
    ...(pages && { projectDocuments: await documents() }),
    ...options,
  })
  factoriesAreFunctions()
  namesAreListed(app)
  const heads = await headsOfFiles()
  const commands = pages ? await commandHelp() : ''
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const [name, text] = MODULES[module.name.replace('src/', '')]!
      module.name = name
      categorize(module, REFERENCE)
      module.comment!.summary = [{ kind: 'text', text }]
      order(project, module, heads)
    }
    if (!pages) return
    for (const page of project.documents ?? []) settlePage(page, project, commands)
    completeExamples(project)
  })
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    if (pages && project.readme !== undefined)
      project.readme = project.readme.flatMap((part) => localLinks(part, project))
  })
  const project = await app.convert()
  if (project === undefined) throw new Error('typedoc could not read the types')
  return { app, project }
}

/** What files say of themselves in their first comment: it is what a namespace is. */
async function headsOfFiles(): Promise<ReadonlyMap<string, string>> {
  const heads = new Map<string, string>()
  for (const folder of ['api', 'data', 'layers', 'zoo']) {
    for (const name of await readdir(join(ROOT, 'src', folder))) {
      const head = /^\/\*\*([\s\S]*?)\*\//.exec(await textOf(`src/${folder}/${name}`))
      if (head !== null) heads.set(`${folder}/${name}`, head[1]!.replace(/^\s*\* ?/gm, '').trim())
    }
  }
  return heads
}

/** The pages of `docs/`: the list of them, then in its order, then what it leaves out. */
async function documents(): Promise<string[]> {
  const found = ['docs/README.md']
  for (const list of ['docs/README.md', 'docs/recipes/README.md']) {
    for (const [, link] of (await textOf(list)).matchAll(/\]\(([\w./-]+\.md)[)#]/g)) found.push(join(list, '..', link!))
  }
  for (const folder of ['docs', 'docs/recipes']) {
    const names = await readdir(join(ROOT, folder))
    found.push(...names.filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`))
  }
  return [...new Set(found)].map((path) => join(ROOT, path)).filter((path) => existsSync(path))
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

/** A type of names out of a table is shown as those names. */
function namesAreListed(app: Application): void {
  const listed = new Map<DeclarationReflection, UnionType>()
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (reflection.kind !== ReflectionKind.TypeAlias) return
    const symbol = context.getSymbolFromReflection(reflection)
    const type = symbol && context.checker.getDeclaredTypeOfSymbol(symbol)
    if (type?.isUnion() !== true || !type.types.every((each) => each.isStringLiteral())) return
    listed.set(reflection, new UnionType(type.types.map(({ value }) => new LiteralType(value))))
  })
  // Typedoc sets the type when the declaration is made.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, () => {
    for (const [reflection, type] of listed) reflection.type = type
  })
}

/** Takes out what is absent, and gives each name its group. */
function order(
  project: ProjectReflection,
  parent: DeclarationReflection,
  heads: ReadonlyMap<string, string>,
  namespace?: string,
): void {
  for (const child of [...(parent.children ?? [])]) {
    child.comment?.modifierTags.delete('@function')
    const file = fileOf(child)
    if (file.endsWith('absent.ts')) {
      project.removeReflection(child)
      continue
    }
    const group = parent.name === 'quadlane/kernels' ? undefined : groupOf(file, namespace)
    if (group !== undefined) categorize(child, group)
    if (child.kind !== ReflectionKind.Namespace) continue
    const head = heads.get(file)
    child.comment ??= new Comment()
    if (head !== undefined) child.comment.summary = [{ kind: 'text', text: head }]
    order(project, child, heads, child.name)
  }
}

function categorize(reflection: DeclarationReflection | DocumentReflection, title: string): void {
  reflection.comment ??= new Comment()
  reflection.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: title }]))
}

/** The file that declares a name, as a path below `src`. */
export function fileOf(reflection: DeclarationReflection): string {
  return reflection.sources?.[0]?.fileName.replace(/^src\//, '') ?? ''
}

/** All options of the command line, as it tells them itself. */
async function commandHelp(): Promise<string> {
  const helpOf = async (...args: string[]): Promise<string> => {
    let text = ''
    const stream = { write: (part: string) => (text += part) }
    await run([...args, '--help'], { stdout: stream, stderr: stream } as unknown as Streams)
    return text
  }
  const names = [...(await helpOf()).matchAll(/^ {2}([a-z]+) (?=[[<])/gm)].map(([, name]) => name!)
  const commands = names.filter((name) => name !== 'help')
  const sections = await Promise.all(
    commands.map(async (name) => `### quadlane ${name}\n\n\`\`\`text\n${await helpOf(name)}\`\`\`\n`),
  )
  return `\n\n## All options\n\n${sections.join('\n')}`
}

/** A page gets the title that it begins with, its place in the navigation, and links that lead to code lead to it. */
function settlePage(page: DocumentReflection, project: ProjectReflection, commands: string): void {
  const text = page.content[0]
  const title = text?.kind === 'text' ? /^\s*# (.*)\n/.exec(text.text) : null
  if (title !== null) page.name = title[1]!.replaceAll('`', '')
  const path = project.files.getReflectionPath(page) ?? ''
  categorize(page, path.includes('/recipes/') ? RECIPES : PAGES)
  if (path.endsWith('docs/cli.md')) page.content.push({ kind: 'text', text: commands })
  page.content = page.content.map((part) => {
    if (part.kind !== 'relative-link') return part
    // A folder is no file to typedoc.
    const file = part.target === undefined ? join(path, '..', part.text) : project.files.resolvePath(part.target)
    if (file === undefined || /\.(?:md|png|svg)$/.test(file)) return part
    const anchor = part.targetAnchor === undefined ? '' : `#${part.targetAnchor}`
    return { kind: 'text', text: `${REPOSITORY}/${file.slice(ROOT.length)}${anchor}` }
  })
}

/** The README is read elsewhere too, so its links are absolute; those to pages lead to the pages here. */
function localLinks(part: CommentDisplayPart, project: ProjectReflection): CommentDisplayPart[] {
  if (part.kind !== 'text') return [part]
  // Every second piece is what the parentheses have caught.
  return part.text.split(HOSTED).map((text, i): CommentDisplayPart => {
    const path = join(ROOT, text)
    if (i % 2 === 0 || !/\.(?:md|png|svg)$/.test(text) || !existsSync(path)) {
      return { kind: 'text', text: i % 2 === 0 ? text : `${REPOSITORY}/${text}` }
    }
    const target = project.files.registerAbsolute(path as NormalizedPath).target
    return { kind: 'relative-link', text, target, targetAnchor: undefined }
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
