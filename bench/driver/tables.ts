/** A comparison as text: the table of its figures, and our time as a share of each peer's. */

import { tableLines } from '../../src/text-table.ts'
import { WORK } from '../shared/work.mjs'
import type { Comparison, ItemName, ItemResult, SystemResult } from './results.ts'

/** `54.2`, `4.21` or `0.062`: three digits, and no more than a table has room for. */
export function figure(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US')
  return value >= 100
    ? value.toFixed(0)
    : value >= 10
      ? value.toFixed(1)
      : value >= 0.1
        ? value.toFixed(2)
        : value.toFixed(3)
}

/** The cell of an item: a time in ms, a rate in GFLOP/s where the item counts operations, or why there is neither. */
export function cell(item: ItemName, result: ItemResult | undefined): string {
  if (result === undefined) return ''
  if (result.ms === undefined) return 'no'
  const mark = result.note === undefined ? '' : '*'
  return `${figure(WORK[item].flops > 0 ? (result.gflops ?? 0) : result.ms)}${mark}`
}

export function nameOf({ label, where, threads }: SystemResult): string {
  return `${label} · ${where} · ${threads}`
}

/** Rows are systems, columns items; below them what `no` and `*` mean. */
export function figureLines({ systems }: Pick<Comparison, 'systems'>, all: readonly ItemName[]): string[] {
  const items = all.filter((item) => systems.some((system) => system.items[item] !== undefined))
  const rows = systems.map((system) => [nameOf(system), ...items.map((item) => cell(item, system.items[item]))])
  const remarks = systems.flatMap((system) => remarksOf(system, items))
  return [...tableLines([['ms; matmul in GFLOP/s', ...items.map((item) => WORK[item].title)], ...rows]), '', ...remarks]
}

/** One line per reason, with the items that it holds for. */
function remarksOf(system: SystemResult, items: readonly ItemName[]): string[] {
  const reasons = new Map<string, string[]>()
  for (const item of items) {
    const result = system.items[item]
    const reason = result?.error !== undefined ? `no: ${result.error}` : result?.note && `*: ${result.note}`
    if (reason) reasons.set(reason, [...(reasons.get(reason) ?? []), WORK[item].title])
  }
  return [...reasons].map(([reason, titles]) => `${nameOf(system)}: ${titles.join(', ')}: ${reason}`)
}

/** Our time divided by theirs: below 1 we are faster. */
export function ratio(ours: ItemResult | undefined, theirs: ItemResult | undefined): number | undefined {
  if (ours?.ms === undefined || theirs?.ms === undefined) return undefined
  return ours.ms / theirs.ms
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
