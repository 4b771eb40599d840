/** Writes what a comparison found where readers look: docs/benchmark.json, its chart, the README's table. */

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Comparison } from '../driver/results.ts'
import { benchmarkChart } from './chart.ts'
import { readmeTable, withTable } from './readme-table.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const JSON_FILE = `${ROOT}docs/benchmark.json`

/** The file is the record; the chart and the table are made from it. */
export async function writeReport(comparison: Comparison): Promise<void> {
  await writeFile(JSON_FILE, `${JSON.stringify(comparison, undefined, 2)}\n`)
  await writeFile(`${ROOT}docs/benchmark.svg`, benchmarkChart(comparison))
  const readme = `${ROOT}README.md`
  await writeFile(readme, withTable(await readFile(readme, 'utf8'), readmeTable(comparison)))
}
