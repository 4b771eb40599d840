/** Figures as text, and what is said about them, wherever they are shown: terminals, the README, the benchmark page. */

import { WORK } from '../shared/work.mjs'
import type { ItemName, ItemResult, SystemResult } from './results.ts'

/** What stands where a system throws or lacks the work. */
export const CANNOT = 'cannot'

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
  if (result.ms === undefined) return CANNOT
  const mark = result.note === undefined ? '' : '*'
  return `${figure(WORK[item].flops > 0 ? (result.gflops ?? 0) : result.ms)}${mark}`
}

export function nameOf({ label, where, threads }: SystemResult): string {
  return `${label} · ${where} · ${threads}`
}

/** One line per reason, with the items that it holds for. */
export function remarksOf(system: SystemResult, items: readonly ItemName[]): string[] {
  const reasons = new Map<string, string[]>()
  for (const item of items) {
    const result = system.items[item]
    const reason = result?.error !== undefined ? `${CANNOT}: ${result.error}` : result?.note && `*: ${result.note}`
    if (reason) reasons.set(reason, [...(reasons.get(reason) ?? []), WORK[item].title])
  }
  return [...reasons].map(([reason, titles]) => `${nameOf(system)}: ${titles.join(', ')}: ${reason}`)
}

/** `quadlane 0.1.0`, …: what was compared, each once. */
export function versionsOf(systems: readonly SystemResult[]): string[] {
  const known = systems.filter(({ facts }) => facts.version !== undefined)
  return [...new Set(known.map(({ family, facts }) => `${family} ${facts.version}`))]
}

/** Our time divided by theirs: below 1 we are faster. */
export function ratio(ours: ItemResult | undefined, theirs: ItemResult | undefined): number | undefined {
  if (ours?.ms === undefined || theirs?.ms === undefined) return undefined
  return ours.ms / theirs.ms
}
