/** What the pages say of the repository is so: their links lead somewhere, and the code that they quote is in it. */

import { access, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The repository as pages name it that are read outside of it too. */
const HOSTED =
  /^https:\/\/(?:github\.com\/quadlane\/quadlane\/(?:blob|tree)|raw\.githubusercontent\.com\/quadlane\/quadlane)\/main\//

const inDocs = (await readdir(join(ROOT, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md'))
const PAGES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...inDocs.map((name) => `docs/${name}`)]

/** Where a page leads: its links and pictures, without what stands in code. */
function linksOf(markdown: string): string[] {
  const text = markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '``')
  const inline = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
  const defined = [...text.matchAll(/^\[[^\]]+\]: (\S+)$/gm)]
  const inHtml = [...text.matchAll(/(?:src|srcset|href)="([^"]+)"/g)]
  return [...inline, ...defined, ...inHtml].map(([, link]) => link!)
}

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(markdown: string): string[] {
  const headings = [...markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)]
  return headings.map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** What is wrong with a link of a page; undefined where it leads somewhere. */
async function faultOf(page: string, link: string): Promise<string | undefined> {
  const isHosted = HOSTED.test(link)
  if (/^(?:https?|mailto):/.test(link) && !isHosted) return undefined
  const [target = '', anchor] = (isHosted ? link.replace(HOSTED, '') : link).split('#')
  const path = target === '' ? page : isHosted ? target : join(dirname(page), target)
  const isThere = await access(join(ROOT, path)).then(
    () => true,
    () => false,
  )
  if (!isThere) return `${page}: ${link} is not there`
  if (anchor === undefined || !path.endsWith('.md') || path.startsWith('..')) return undefined
  const anchors = anchorsOf(await readFile(join(ROOT, path), 'utf8'))
  return anchors.includes(anchor) ? undefined : `${page}: ${path} has no heading for #${anchor}`
}

describe('the pages', () => {
  it.each(PAGES)('%s leads to what is there', async (page) => {
    const links = linksOf(await readFile(join(ROOT, page), 'utf8'))
    const faults = await Promise.all(links.map((link) => faultOf(page, link)))
    expect(faults.filter((fault) => fault !== undefined)).toEqual([])
  })

  it('tell a link that leads nowhere', async () => {
    expect(await faultOf('docs/README.md', 'nothing.md')).toBe('docs/README.md: nothing.md is not there')
    expect(await faultOf('docs/README.md', 'install.md#nowhere')).toContain('no heading for #nowhere')
    expect(await faultOf('docs/README.md', 'install.md#content-security-policy')).toBeUndefined()
  })

  it('are all in the list of pages', async () => {
    const list = await readFile(join(ROOT, 'docs/README.md'), 'utf8')
    for (const page of inDocs.filter((name) => name !== 'README.md' && !name.startsWith('recipes/'))) {
      expect(list).toContain(`(${page})`)
    }
  })

  it('are where the README leads outside of the checkout too', async () => {
    // The package has the README and no pages: what is relative there leads nowhere.
    const links = linksOf(await readFile(join(ROOT, 'README.md'), 'utf8'))
    expect(links.length).toBeGreaterThan(10)
    expect(links.filter((link) => !/^https:\/\//.test(link) && !link.startsWith('#'))).toEqual([])
  })
})

describe('CONTRIBUTING.md', async () => {
  const markdown = await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
  let file = ''
  const quotes: { readonly file: string; readonly lines: readonly string[] }[] = []
  for (const [, named, diff] of markdown.matchAll(/^\[`([^`]+)`\]\([^)]*\)$|^```diff\n([\s\S]*?)^```/gm)) {
    if (named !== undefined) file = named
    else quotes.push({ file, lines: diff!.trimEnd().split('\n') })
  }

  it('quotes code in each of its walks', () => {
    expect(quotes.length).toBeGreaterThan(15)
  })

  it.each(quotes)('quotes what is in $file', async ({ file, lines }) => {
    const code = (await readFile(join(ROOT, file), 'utf8')).split('\n')
    const added = lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1))
    expect(added.length).toBeGreaterThan(0)
    // Line for line, as they stand.
    const starts = code.flatMap((line, i) => (line === added[0] ? [i] : []))
    expect(starts.map((start) => code.slice(start, start + added.length))).toContainEqual(added)
    for (const line of lines.filter((each) => each.startsWith(' '))) expect(code).toContain(line.slice(1))
  })
})
