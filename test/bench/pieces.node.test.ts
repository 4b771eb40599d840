/** The comparison in pieces: together they are the whole, and each leaves the figures of the others alone. */

import { describe, expect, it } from 'vitest'
import { hasItem, isOfPiece, merged, PIECES } from '../../bench/driver/pieces.ts'
import type { Comparison, SystemResult } from '../../bench/driver/results.ts'
import { WORK } from '../../bench/shared/work.mjs'

function comparison(date: string, ...systems: SystemResult[]): Comparison {
  const machine = { cpu: 'A CPU', cores: 2, memoryGiB: 4, os: 'linux', load: 0.1 }
  return { date, machine, ceilings: { [date]: 60 }, rounds: 7, systems }
}

function system(id: string, items: SystemResult['items']): SystemResult {
  return { id, family: 'quadlane', label: id, where: 'Node 20', threads: 1, facts: {}, items }
}

describe('pieces of the comparison', () => {
  it('hold all work, on one thread and on two', () => {
    for (const threads of [1, 2]) {
      const pieces = PIECES.filter((piece) => piece.threads === threads && piece.name !== 'slow')
      for (const name of Object.keys(WORK)) {
        const holders = pieces.filter((piece) => hasItem(piece, name))
        expect(
          holders.map((piece) => piece.name),
          name,
        ).toHaveLength(1)
      }
    }
  })

  it('keep systems of two threads out of those of one, and slow ones apart', () => {
    const piecesOf = (id: string, threads: number): string[] =>
      PIECES.filter((piece) => isOfPiece(piece, { id, threads })).map(({ name }) => name)
    expect(piecesOf('pytorch-nhwc-t2', 2)).toEqual(['lenet-2', 'networks-2', 'ops-2', 'products-2'])
    expect(piecesOf('tfjs-cpu', 1)).toEqual(['slow'])
    expect(piecesOf('quadlane-baseline-t1', 1)).not.toContain('ops-1')
  })

  it('take the place of what they measured before, and of nothing else', () => {
    const known = comparison('2030-01-01', system('a', { 'predict-1': { ms: 1 }, 'train-lenet': { ms: 2 } }))
    const later = comparison('2030-01-02', system('a', { 'predict-1': { ms: 3 } }), system('b', {}))
    const both = merged(known, later)
    expect(both.date).toBe('2030-01-02')
    expect(both.ceilings).toEqual({ '2030-01-01': 60, '2030-01-02': 60 })
    expect(both.systems.map(({ id, items }) => [id, items])).toEqual([
      ['a', { 'predict-1': { ms: 3 }, 'train-lenet': { ms: 2 } }],
      ['b', {}],
    ])
  })
})
