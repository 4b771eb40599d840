/** Every public name says what it is, what it takes and, where it can be called, shows a call. */

import { describe, expect, it } from 'vitest'
import { gaps } from '../../scripts/docs/coverage.ts'
import { GROUP_TITLES } from '../../scripts/docs/groups.ts'
import { readReference } from '../../scripts/docs/reference.ts'

describe('the public surface', async () => {
  const { project } = await readReference(true, { logLevel: 'Error' })
  const surface = project.children?.find(({ name }) => name === 'quadlane')

  it('is read as a whole', () => {
    const names = surface?.children?.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['Tensor', 'LayersModel', 'conv2d', 'layers', 'loadModel']))
    expect(names).not.toContain('conv3d')
    expect(surface?.children?.find(({ name }) => name === 'layers')?.children?.length).toBeGreaterThan(60)
  })

  it('comes with the pages, under the titles that they begin with', () => {
    const titles = project.documents?.map(({ name }) => name)
    expect(titles?.slice(0, 2)).toEqual(['Documentation', 'Installing quadlane'])
    expect(titles).toEqual(expect.arrayContaining(['Recipes', 'How it works', 'Contributing', 'The command line']))
    const page = project.documents?.find(({ name }) => name === 'The command line')
    expect(page?.content.map(({ text }) => text).join('')).toContain('--learning-rate <n>')
  })

  it('shows examples as whole programs, and the names that a type allows', () => {
    const conv2d = surface?.children?.find(({ name }) => name === 'conv2d')?.signatures?.[0]
    const example = conv2d?.comment?.blockTags.find(({ tag }) => tag === '@example')
    expect(example?.content.map(({ text }) => text).join('')).toContain("import { conv2d, ones } from 'quadlane'")
    const optimizers = surface?.children?.find(({ name }) => name === 'OptimizerName')
    expect(`${optimizers?.type}`).toContain('"adam"')
  })

  it('says what everything is', () => {
    expect(gaps(project)).toEqual([])
  })

  it('has a group for every name', () => {
    const layers = surface?.children?.find(({ name }) => name === 'layers')
    for (const part of [surface, layers]) {
      const titles = part?.categories?.map(({ title }) => title) ?? []
      expect(titles.length).toBeGreaterThan(5)
      // Those that no row of the table takes in stand under 'Other'.
      expect(GROUP_TITLES).toEqual(expect.arrayContaining(titles))
    }
  })
}, 120_000)

describe('the gaps', () => {
  it('are found', () => {
    const bare = {
      name: 'bare',
      flags: {},
      kind: 64,
      sources: [{ fileName: 'src/x.ts' }],
      getFullName: () => 'quadlane.bare',
    }
    const signature = { parameters: [{ name: 'x' }] }
    const project = { children: [{ children: [{ ...bare, signatures: [signature] }] }] }
    expect(gaps(project as never)).toEqual([
      'x.ts: quadlane.bare: no @example',
      'x.ts: quadlane.bare: no @param x',
      'x.ts: quadlane.bare: no text',
    ])
  })
})
