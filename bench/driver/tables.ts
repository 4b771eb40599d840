/** A comparison as text: the table of its figures, and our time as a share of each peer's. */

import { tableLines } from '../../src/text-table.ts'
import { WORK } from '../shared/work.mjs'
import { cell, nameOf, ratio, remarksOf } from './figures.ts'
import type { Comparison, ItemName } from './results.ts'

/** Rows are systems, columns items; below them what is lacking and what `*` means. */
export function figureLines({ systems }: Pick<Comparison, 'systems'>, all: readonly ItemName[]): string[] {
  const items = all.filter((item) => systems.some((system) => system.items[item] !== undefined))
  const rows = systems.map((system) => [nameOf(system), ...items.map((item) => cell(item, system.items[item]))])
  const remarks = systems.flatMap((system) => remarksOf(system, items))
  return [...tableLines([['ms; matmul in GFLOP/s', ...items.map((item) => WORK[item].title)], ...rows]), '', ...remarks]
}

/** For each of our systems a table of its time divided by each peer's at the same number of threads. */
export function ratioLines({ systems }: Pick<Comparison, 'systems'>, all: readonly ItemName[]): string[] {
  const ours = systems.filter(({ family }) => family === 'quadlane')
  const peers = systems.filter(({ family }) => family !== 'quadlane')
  return ours.flatMap((own) => {
    const items = all.filter((item) => own.items[item]?.ms !== undefined)
    const rows = peers
      .filter(({ threads }) => threads === own.threads)
      .map((peer) => [
        nameOf(peer),
        ...items.map((item) => ratio(own.items[item], peer.items[item])?.toPrecision(2) ?? ''),
      ])
      .filter(([, ...cells]) => cells.some((text) => text !== ''))
    const head = [`${nameOf(own)}: its time ÷ that of`, ...items.map((item) => WORK[item].title)]
    return rows.length === 0 ? [] : [...tableLines([head, ...rows]), '']
  })
}
