/**
 * Pictures of a run as SVG: loss and accuracy by epoch, and the confusion matrix. Colours are of middle lightness and the
 * ground is transparent, so that they read on a white page and on a dark one.
 */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figures } from './settings.ts'

export interface Plotted {
  readonly history: readonly Figures[]
  /** Row: true class, column: predicted class. */
  readonly counts: readonly (readonly number[])[]
  readonly names?: readonly string[]
}

const TRAINING = '#2f81f7'
const VALIDATION = '#d9730d'
const NEUTRAL = '#6e7781'

/** Writes loss.svg, accuracy.svg and confusion.svg; returns their names. */
export async function writePlots(folder: string, { history, counts, names }: Plotted): Promise<string[]> {
  const files: readonly (readonly [string, string])[] = [
    [
      'loss.svg',
      curves(
        'Loss',
        history.map(({ loss }) => loss),
        history.map(({ valLoss }) => valLoss),
      ),
    ],
    [
      'accuracy.svg',
      curves(
        'Accuracy',
        history.map(({ accuracy }) => accuracy),
        history.map(({ valAccuracy }) => valAccuracy),
        1,
      ),
    ],
    ['confusion.svg', confusionPlot(counts, names)],
  ]
  for (const [name, svg] of files) await writeFile(join(folder, name), svg)
  return files.map(([name]) => name)
}

const WIDTH = 640
const HEIGHT = 360
const LEFT = 56
const RIGHT = 20
const TOP = 44
const BOTTOM = 44

/** Two lines over the epochs, in training and in validation. */
export function curves(
  title: string,
  training: readonly number[],
  validation: readonly number[],
  most?: number,
): string {
  const step = niceStep((most ?? Math.max(0, ...[...training, ...validation].filter(Number.isFinite))) / 5)
  const top = most ?? step * Math.max(1, Math.ceil(Math.max(...training, ...validation) / step))
  const count = training.length
  const x = (i: number): number => LEFT + (count === 1 ? 0.5 : i / (count - 1)) * (WIDTH - LEFT - RIGHT)
  const y = (value: number): number => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM)
  const parts: string[] = []
  for (let value = 0; value <= top + step / 2; value += step) {
    parts.push(`<path d="M${LEFT} ${short(y(value))}H${WIDTH - RIGHT}" stroke="${NEUTRAL}" stroke-opacity=".25"/>`)
    parts.push(text(LEFT - 8, y(value) + 4, String(Number(value.toFixed(6))), 'end'))
  }
  const every = Math.max(1, Math.round(niceStep(count / 8)))
  for (let i = 0; i < count; i++) {
    if (i === 0 || (i + 1) % every === 0) parts.push(text(x(i), HEIGHT - BOTTOM + 18, String(i + 1), 'middle'))
  }
  parts.push(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, 'epoch', 'middle'))
  const lines = [
    { name: 'training', values: training, colour: TRAINING },
    { name: 'validation', values: validation, colour: VALIDATION },
  ]
  lines.forEach(({ name, values, colour }, n) => {
    const points = values.map((value, i) => `${short(x(i))},${short(y(value))}`)
    parts.push(`<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`)
    if (count < 40) {
      for (const point of points) {
        const [cx, cy] = point.split(',')
        parts.push(`<circle cx="${cx}" cy="${cy}" r="2.5" fill="${colour}"/>`)
      }
    }
    const at = LEFT + 110 * n
    parts.push(`<path d="M${at} 16h22" stroke="${colour}" stroke-width="2"/>`, text(at + 28, 20, name))
  })
  parts.push(text(WIDTH - RIGHT, 20, title.toLowerCase(), 'end'))
  const end = [training, validation].map((values) => short(values.at(-1) ?? Number.NaN))
  return svg(WIDTH, HEIGHT, `${title} by epoch: ${end[0]} in training and ${end[1]} in validation at the end`, parts)
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1e-9, least)))
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10)
}

const CELL = 40
/** Letters of a name that are shown. */
const MOST_LETTERS = 16

/** Squares as strong as the share of their class; rows are what pictures are, columns what they are taken for. */
export function confusionPlot(counts: readonly (readonly number[])[], names?: readonly string[]): string {
  const labels = counts.map((_, i) => {
    const name = names?.[i] ?? String(i)
    return name.length > MOST_LETTERS ? `${name.slice(0, MOST_LETTERS - 1)}…` : name
  })
  const longest = 8 * Math.max(...labels.map((label) => label.length))
  const [left, top] = [longest + 36, longest + 36]
  const size = CELL * counts.length
  const parts: string[] = []
  counts.forEach((row, i) => {
    const all = row.reduce((sum, count) => sum + count, 0)
    parts.push(text(left - 8, top + CELL * (i + 0.5) + 4, labels[i]!, 'end'))
    const [x, y] = [left + CELL * (i + 0.5) + 4, top - 8]
    parts.push(text(x, y, labels[i]!, 'start', `rotate(-90 ${short(x)} ${y})`))
    row.forEach((count, j) => {
      const share = all === 0 ? 0 : count / all
      const colour = i === j ? TRAINING : VALIDATION
      const place = `x="${left + CELL * j}" y="${top + CELL * i}" width="${CELL - 2}" height="${CELL - 2}"`
      parts.push(`<rect ${place} rx="3" fill="${colour}" fill-opacity="${short(0.06 + 0.84 * share)}"/>`)
      if (count === 0) return
      const [x, y] = [left + CELL * (j + 0.5) - 1, top + CELL * (i + 0.5) + 4]
      parts.push(text(x, y, String(count), 'middle').replace('<text', share > 0.5 ? '<text fill="#fff"' : '<text'))
    })
  })
  const middle = top + size / 2
  parts.push(text(16, middle, 'true class', 'middle', `rotate(-90 16 ${middle})`))
  parts.push(text(left + size / 2, 16, 'taken for', 'middle'))
  return svg(
    left + size + 12,
    top + size + 12,
    'Confusion matrix: how many pictures of each class were taken for each',
    parts,
  )
}

function text(x: number, y: number, content: string, anchor = 'start', transform = ''): string {
  const turned = transform === '' ? '' : ` transform="${transform}"`
  return `<text x="${short(x)}" y="${short(y)}" text-anchor="${anchor}"${turned}>${escaped(content)}</text>`
}

function svg(width: number, height: number, label: string, parts: readonly string[]): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
  const font = `font-family="system-ui, sans-serif" font-size="13" fill="${NEUTRAL}"`
  const begin = `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font} role="img" aria-label="${escaped(label)}">`
  return `${[begin, ...parts].join('\n')}\n</svg>\n`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100)
}
