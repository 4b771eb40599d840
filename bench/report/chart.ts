/** The comparison as a chart: each system's time as a multiple of PyTorch's at the same number of threads. */

import * as Plot from '@observablehq/plot'
import { blankDocument, COLOURS, NEUTRAL, svgFile } from '../../scripts/plot-svg.ts'
import { ratio } from '../driver/figures.ts'
import type { Comparison, ItemName } from '../driver/results.ts'
import { rowsOf } from './rows.ts'

const PANELS: readonly (readonly [ItemName, string])[] = [
  ['train-lenet', 'LeNet training step'],
  ['predict-128', 'predict 128'],
  ['predict-1', 'predict 1'],
  ['train-lenet5', 'LeNet-5 training step'],
]
const THREAD_COLOURS = COLOURS.slice(0, 2)
const REFERENCE = 'PyTorch, channels_last'
const TITLE = 'Time relative to PyTorch (channels_last) at the same number of threads, logarithmic; left is faster'
const WIDTH = 960
const DOT = { x: 'multiple', y: 'name', fx: 'panel', r: 4, stroke: 'threads', strokeWidth: 1.8 }
const ROW = 24

export interface Point {
  readonly panel: string
  readonly name: string
  readonly threads: number
  /** Of PyTorch's time. */
  readonly multiple: number
}

/** The dots of the chart; none where there is nothing to divide by. */
export function chartPoints(comparison: Comparison): Point[] {
  const rows = rowsOf(comparison)
  const references = comparison.systems.filter(({ label }) => label === REFERENCE)
  return PANELS.flatMap(([item, panel]) =>
    rows.flatMap(({ label, where, systems }) =>
      systems.flatMap(({ threads, items }) => {
        const reference = references.find((other) => other.threads === threads)
        const multiple = ratio(items[item], reference?.items[item])
        return multiple === undefined ? [] : [{ panel, name: rowName({ label, where }), threads, multiple }]
      }),
    ),
  )
}

function rowName({ label, where }: { label: string; where: string }): string {
  return `${label} · ${where}`
}

/** The powers of ten around the figures. */
function decadesOf(points: readonly Point[]): number[] {
  const exponents = points.map(({ multiple }) => Math.log10(multiple))
  const [low, high] = [Math.floor(Math.min(-1, ...exponents)), Math.ceil(Math.max(1, ...exponents))]
  return Array.from({ length: high - low + 1 }, (_, i) => Number(`1e${low + i}`))
}

function isOurs({ name }: Point): boolean {
  return name.startsWith('quadlane')
}

/** The text of an SVG file that reads on a white page and on a dark one. */
export function benchmarkChart(comparison: Comparison): string {
  const points = chartPoints(comparison)
  const drawn = new Set(points.map(({ name }) => name))
  const names = rowsOf(comparison)
    .map(rowName)
    .filter((name) => drawn.has(name))
  const decades = decadesOf(points)
  const svg = Plot.plot({
    document: blankDocument(),
    width: WIDTH,
    height: 90 + ROW * names.length,
    marginLeft: 300,
    marginTop: 56,
    marginBottom: 44,
    style: { color: NEUTRAL, fontSize: '12px', background: 'none' },
    x: {
      type: 'log',
      label: "× PyTorch's time",
      labelArrow: 'none',
      // Every other one: the panels are narrow.
      ticks: decades.filter((decade) => Math.log10(decade) % 2 === 0),
      domain: [decades[0]!, decades.at(-1)!],
      tickFormat: String,
    },
    y: { domain: names, label: null, tickSize: 0 },
    fx: { domain: PANELS.map(([, panel]) => panel), label: null, axis: 'top', padding: 0.22 },
    color: { domain: [1, 2], range: [...THREAD_COLOURS] },
    marks: [
      Plot.gridY(names, { stroke: NEUTRAL, strokeOpacity: 0.2 }),
      Plot.ruleX([1], { stroke: NEUTRAL, strokeDasharray: '4 3' }),
      Plot.dot(points.filter(isOurs), { ...DOT, fill: 'threads' }),
      Plot.dot(
        points.filter((point) => !isOurs(point)),
        { ...DOT, fill: 'none' },
      ),
    ],
  }) as unknown as SVGElement
  drawLegend(svg)
  return svgFile(svg, TITLE)
}

function drawLegend(svg: SVGElement): void {
  const { ownerDocument } = svg
  THREAD_COLOURS.forEach((colour, i) => {
    const x = 12 + 90 * i
    const add = (name: string, attributes: Record<string, string | number>, text = ''): void => {
      const element = ownerDocument.createElementNS('http://www.w3.org/2000/svg', name)
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
      element.textContent = text
      svg.appendChild(element)
    }
    add('circle', { cx: x, cy: 14, r: 4, fill: colour })
    add('text', { x: x + 10, y: 18, fill: NEUTRAL, 'text-anchor': 'start' }, i === 0 ? '1 thread' : '2 threads')
  })
}
