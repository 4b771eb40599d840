/** The systems of a comparison for readers: one row for each, whatever the number of threads. */

import type { Comparison, SystemResult } from '../driver/results.ts'

export interface Row {
  /** The name and where it runs. */
  readonly label: string
  readonly where: string
  /** In the order of their numbers of threads. */
  readonly systems: readonly SystemResult[]
}

/** Ours first, then in the order of the systems; those that measure a part of the work only are left out. */
export function rowsOf({ systems }: Pick<Comparison, 'systems'>): Row[] {
  const rows = new Map<string, SystemResult[]>()
  for (const system of systems) {
    if (system.items['predict-1'] === undefined && system.items['train-lenet'] === undefined) continue
    if (/, direct convolutions$/.test(system.label)) continue
    const key = `${system.label}\n${system.where}`
    rows.set(key, [...(rows.get(key) ?? []), system])
  }
  const all = [...rows.values()].map((found) => {
    const { label, where } = found[0]!
    return { label, where, systems: [...found].sort((a, b) => a.threads - b.threads) }
  })
  return [...all.filter(isOurs), ...all.filter((row) => !isOurs(row))]
}

function isOurs({ systems }: Row): boolean {
  return systems[0]?.family === 'quadlane'
}
