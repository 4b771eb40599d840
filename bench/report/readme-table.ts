/** The README's table of figures, written between two comments from the comparison that was measured. */

import { CANNOT, cell, versionsOf } from '../driver/figures.ts'
import { type Comparison, type ItemName, isBusy } from '../driver/results.ts'
import { type Row, rowsOf } from './rows.ts'

export const BEGIN = '<!-- benchmark: written by npm run bench:peers -->'
export const END = '<!-- end of benchmark -->'

/** Those without a figure are left out. */
const COLUMNS: readonly (readonly [ItemName, string])[] = [
  ['train-lenet', 'LeNet, training step of 128, ms'],
  ['predict-128', 'predict 128, ms'],
  ['predict-1', 'predict 1, ms'],
  ['train-lenet5', 'LeNet-5 (1998), training step of 32, ms'],
  ['train-resnet20', 'ResNet-20, 32², training step of 32, ms'],
  ['train-mobilenet', 'MobileNet 0.25, 128², training step of 16, ms'],
  ['predict-mobilenet', 'MobileNet 0.25, 224², predict 1, ms'],
  ['matmul-1024', 'matmul 1024, GFLOP/s'],
]

/** The Markdown of the table and of the line below it. */
export function readmeTable(comparison: Comparison): string {
  const rows = rowsOf(comparison)
  const columns = COLUMNS.filter(([item]) => comparison.systems.some(({ items }) => items[item]?.ms !== undefined))
  const head = ['', ...columns.map(([, title]) => title)]
  const rule = ['---', ...columns.map(() => '---:')]
  const items = columns.map(([item]) => item)
  const lines = [head, rule, ...rows.map((row) => rowCells(row, items))].map((cells) => `| ${cells.join(' | ')} |`)
  return [...lines, '', legend(comparison, rows)].join('\n')
}

/** `one thread / two threads`; a system that has one number of threads only has one figure. */
function rowCells({ label, where, systems }: Row, items: readonly ItemName[]): string[] {
  const threads = systems.map((system) => system.threads).join(' / ')
  const name = `${label}, ${where}, ${threads} ${threads === '1' ? 'thread' : 'threads'}`
  return [name, ...items.map((item) => figures(item, systems))]
}

function figures(item: ItemName, systems: Row['systems']): string {
  const cells = systems.map((system) => cell(item, system.items[item]))
  if (cells.every((text) => text === CANNOT)) return CANNOT
  if (cells.every((text) => text === '')) return ''
  return cells.map((text) => (text === '' ? '–' : text)).join(' / ')
}

function legend({ machine, date, rounds, systems }: Comparison, rows: readonly Row[]): string {
  const notes = systems.flatMap(({ label, items }) => {
    return COLUMNS.flatMap(([item]) => (items[item]?.note === undefined ? [] : [`${label} ${items[item].note}`]))
  })
  const marks = notes.length === 0 ? '' : ` \\* ${[...new Set(notes)].join('; ')}.`
  const busy = isBusy(machine) ? ', while other programs ran too' : ''
  const where = `${machine.cpu}, ${machine.cores} cores, ${date}${busy}`
  return `${where}; medians of up to ${rounds} rounds; ${versionsOf(rows.flatMap(({ systems }) => systems)).join(', ')}.${marks}`
}

/** The README with a new table in the place of the old one. */
export function withTable(readme: string, table: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`README: expected the comments ${BEGIN} and ${END}, received none`)
  return `${readme.slice(0, begin + BEGIN.length)}\n${table}\n${readme.slice(end)}`
}
