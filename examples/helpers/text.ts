/** Matrices, tables and charts as lines of text. */

import type { Matrix } from './lecture.ts'

export type Block = readonly string[]

/** A window within a matrix: its first row and column and its size. */
export interface Window {
  readonly row: number
  readonly column: number
  readonly height: number
  readonly width: number
}

export interface MatrixTextOptions {
  /** Drawn with brackets at its sides. */
  readonly window?: Window
  /** How a value at a place is written. Default its digits. */
  readonly cell?: (value: number, row: number, column: number) => string
}

/** A matrix with aligned columns, its lines equally long; NaN, a value that is not known yet, is a dot. */
export function matrixText(matrix: Matrix, { window, cell = shown }: MatrixTextOptions = {}): Block {
  const cells = matrix.map((row, i) => row.map((value, j) => cell(value, i, j)))
  const width = Math.max(...cells.flat().map((text) => text.length))
  return cells.map((row, i) => {
    const inside = window !== undefined && i >= window.row && i < window.row + window.height
    const border = (at: number): string => {
      if (!inside) return ' '
      if (at === window.column) return '['
      return at === window.column + window.width ? ']' : ' '
    }
    return row.map((text, j) => border(j) + text.padStart(width)).join('') + border(row.length)
  })
}

function shown(value: number): string {
  return Number.isNaN(value) ? '·' : String(value)
}

/** Blocks side by side, each centred to the height of the tallest. */
export function beside(...blocks: readonly (Block | string)[]): Block {
  const columns = blocks.map((block) => (typeof block === 'string' ? [block] : block))
  const height = Math.max(...columns.map((column) => column.length))
  const padded = columns.map((column) => {
    const above = Math.floor((height - column.length) / 2)
    const width = Math.max(...column.map((line) => line.length))
    return Array.from({ length: height }, (_, i) => (column[i - above] ?? '').padEnd(width))
  })
  return trimmed(Array.from({ length: height }, (_, i) => padded.map((column) => column[i]!).join('  ')))
}

export function indented(block: Block, by = 2): Block {
  return trimmed(block.map((line) => ' '.repeat(by) + line))
}

function trimmed(block: Block): Block {
  return block.map((line) => line.trimEnd())
}

/** A table with a header: the first column to the left, numbers to the right. */
export function tableText(header: Block, rows: readonly Block[]): Block {
  const widths = header.map((title, j) => Math.max(title.length, ...rows.map((row) => row[j]!.length)))
  const line = (cells: Block): string =>
    cells
      .map((cell, j) => (j === 0 ? cell.padEnd(widths[j]!) : cell.padStart(widths[j]!)))
      .join('  ')
      .trimEnd()
  return [line(header), widths.map((width) => '─'.repeat(width)).join('──'), ...rows.map(line)]
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar for a share from 0 to 1, to an eighth of a character. */
export function bar(share: number, width = 40): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8)
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!
}

/** 1199882 as 1,199,882 */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** 0.9731 as 97.3 % */
export function percent(share: number, decimals = 1): string {
  return `${(share * 100).toFixed(decimals)} %`
}

export function print(...blocks: readonly (Block | string)[]): void {
  for (const block of blocks) console.log(typeof block === 'string' ? block : trimmed(block).join('\n'))
}
