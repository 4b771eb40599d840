import { describe, expect, it } from 'vitest'
import { FormatError } from '../../src/errors.ts'
import { datasetsBelow, type Hdf5Node, isHdf5, openHdf5 } from '../../src/formats/hdf5.ts'
import { type Hdf5Group, writeHdf5 } from '../../src/formats/hdf5-writer.ts'
import { expectRefusal } from '../helpers/refusals.ts'
import { fixture, halves, mutilate } from './fixtures.ts'

function at(root: Hdf5Node, path: string): Hdf5Node {
  return path.split('/').reduce((node, name) => node.child(name)!, root)
}

function everything(bytes: Uint8Array): void {
  const root = openHdf5('file', bytes)
  for (const name of root.attributeNames) root.attribute(name)
  for (const node of datasetsBelow(root).values()) node.read()
}

describe('openHdf5', () => {
  it('reads floats and integers of all sizes', () => {
    const root = openHdf5('file', fixture('hdf5'))
    for (const dtype of ['f2', 'f4', 'f8', '>f4']) {
      const { shape, values } = at(root, `kinds/${dtype}`).read()
      expect([shape, ...values]).toEqual([[2, 3], ...halves(6)])
    }
    for (const dtype of ['i1', 'u1', 'i4', 'u4', 'i8']) {
      expect([...at(root, `kinds/${dtype}`).read().values]).toEqual([0, 0, 1, 1, 2, 2])
    }
    expect(at(root, 'scalar').read()).toEqual({ shape: [], dtype: 'int64', values: Float32Array.of(7) })
    expect(at(root, 'empty').read().shape).toEqual([0, 3])
    expect([...at(root, 'unwritten').read().values]).toEqual([0, 0, 0, 0])
  })

  it('puts chunks together, deflated and shuffled ones too', () => {
    const root = openHdf5('file', fixture('hdf5'))
    for (const name of ['chunked', 'deflated']) {
      const { shape, values } = at(root, name).read()
      expect([shape, ...values]).toEqual([[5, 7], ...halves(35)])
    }
  })

  it('reads attributes: text and numbers, one or several', () => {
    const root = openHdf5('file', fixture('hdf5'))
    expect(root.attribute('fixed')).toBe('text')
    expect(root.attribute('variable')).toBe('wörter')
    expect(root.attribute('list of fixed')).toEqual(['a', 'bcd'])
    expect(root.attribute('list of variable')).toEqual(['one', '', 'three'])
    expect(root.attribute('numbers')).toEqual([1.5, 2.5])
    expect(root.attribute('number')).toBe(3)
    expect(root.attribute('truth')).toBe(1)
    expect(root.attribute('nothing')).toBeUndefined()
  })

  it('finds members of nested groups, and of ones that take a tree', () => {
    const root = openHdf5('file', fixture('hdf5'))
    expect(at(root, 'a/b/c/d').path).toBe('/a/b/c/d')
    expect(root.child('a')?.isGroup).toBe(true)
    const many = openHdf5('file', fixture('hdf5Many')).child('g')!
    expect(many.names).toHaveLength(90)
    expect([...at(many, '73').read().values]).toEqual([73])
  })

  it('reads newer superblocks, object headers and links', () => {
    for (const name of ['hdf5Modern', 'hdf5Latest'] as const) {
      const root = openHdf5('file', fixture(name))
      expect([...root.names].sort()).toEqual(['g', 'one chunk', 'x'])
      expect([...at(root, 'g/y').read().values]).toEqual(halves(2))
      expect([...at(root, 'one chunk').read().values]).toEqual(halves(12))
      expect(root.attribute('variable')).toBe('new')
    }
  })

  it('finds the file behind a block of the user', () => {
    const bytes = fixture('hdf5UserBlock')
    expect(isHdf5(bytes)).toBe(true)
    expect([...at(openHdf5('file', bytes), 'x').read().values]).toEqual(halves(3))
  })

  it('refuses what is none, and whatever is cut off or changed', () => {
    const text = 'file, offset 0: expected the signature of HDF5, received something else'
    expectRefusal(() => openHdf5('file', new Uint8Array(99)), FormatError, text)
    for (const name of ['hdf5', 'hdf5Modern', 'hdf5Latest', 'hdf5UserBlock'] as const) {
      expect(mutilate(fixture(name), everything, 37)).toBeGreaterThan(20)
    }
  })

  it('comes to an end where groups contain themselves', () => {
    const bytes = writeHdf5({ members: { a: { members: {} }, b: { members: {} } } })
    const view = new DataView(bytes.buffer)
    const [root, tree, heap] = [64, 80, 88].map((place) => view.getBigUint64(place, true))
    let changed = 0
    for (let place = 0; place + 88 <= bytes.length; place += 8) {
      // The entries of the two members, in the leaf of the root group.
      if (view.getUint32(place, true) !== 0x444f4e53 || view.getUint16(place + 6, true) !== 2) continue
      for (const entry of [place + 8, place + 48]) {
        view.setBigUint64(entry + 8, root!, true)
        view.setBigUint64(entry + 24, tree!, true)
        view.setBigUint64(entry + 32, heap!, true)
        changed++
      }
    }
    expect(changed).toBe(2)
    expect(() => datasetsBelow(openHdf5('file', bytes))).toThrow(FormatError)
  })
})

describe('writeHdf5', () => {
  it('writes what openHdf5 reads, with the same bits', () => {
    const members: Record<string, Hdf5Group> = {}
    const values = Float32Array.of(1e-40, -0, Number.POSITIVE_INFINITY, 1 / 3)
    for (let i = 0; i < 300; i++) {
      members[`layer_${i}`] = { members: i % 3 === 0 ? {} : { '0': { shape: [2, 2], values } } }
    }
    const attributes = { list: ['a', 'längst', ''], text: 'text' }
    const count = { shape: [], values: BigInt64Array.of(-7n) }
    const root = openHdf5('file', writeHdf5({ members: { ...members, count }, attributes }))
    expect(root.names).toHaveLength(301)
    expect(datasetsBelow(root).size).toBe(201)
    const read = at(root, 'layer_298/0').read()
    expect(read.shape).toEqual([2, 2])
    expect(new Uint8Array(read.values.buffer)).toEqual(new Uint8Array(values.buffer))
    expect([...at(root, 'count').read().values]).toEqual([-7])
    expect(root.attribute('list')).toEqual(attributes.list)
    expect(root.attribute('text')).toBe('text')
  })
})
