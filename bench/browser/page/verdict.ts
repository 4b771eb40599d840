/** In a sentence: how far a browser's times are from those of Node. */

import { ratio } from '../../driver/figures.ts'
import type { ItemName, SystemResult } from '../../driver/results.ts'
import { WORK } from '../../shared/work.mjs'

/** What a browser may take, as a multiple of Node's time. */
const LIMIT = 1.1

/** Of one place of the browser, e.g. a Web Worker. */
export function verdict(here: SystemResult, node: SystemResult, items: readonly ItemName[]): string {
  const ratios = items.flatMap((item) => {
    const value = ratio(here.items[item], node.items[item])
    return value === undefined ? [] : [{ item, value }]
  })
  const name = `${here.where[0]!.toUpperCase()}${here.where.slice(1)}`
  if (ratios.length === 0) return `${name}: nothing to compare with ${node.where}.`
  const largest = ratios.reduce((a, b) => (b.value > a.value ? b : a))
  const mean = Math.exp(ratios.reduce((sum, { value }) => sum + Math.log(value), 0) / ratios.length)
  const over = ratios.filter(({ value }) => value > LIMIT).length
  const percent = `${Math.round((LIMIT - 1) * 100)} %`
  const found = over === 0 ? `within ${percent}` : `${over} of ${ratios.length} over ${percent}`
  const most = `at most ${largest.value.toFixed(2)} × (${WORK[largest.item].about})`
  return `${name}: ${mean.toFixed(2)} × the time of ${node.where} on average, ${most}; ${found}.`
}
