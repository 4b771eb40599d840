/**
 * Line charts as SVG files, without a browser: Observable Plot draws into linkedom's document. Colours are of middle
 * lightness and the ground is transparent, so that a chart reads on a white page and on a dark one.
 */

import * as Plot from '@observablehq/plot'
import { DOMParser } from 'linkedom'

/** One line of a chart. */
export interface Series {
  readonly name: string
  readonly colour: string
  readonly dashed?: boolean
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface ChartArgs {
  /** Says what the chart shows, for those who do not see it. */
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  /** The ends of the vertical axis. */
  readonly yDomain: readonly [low: number, high: number]
  /** Where the vertical axis has a line and a number. */
  readonly yTicks: readonly number[]
  /** Whether equal distances of the vertical axis are equal ratios. Default false. */
  readonly yLog?: boolean
  /** How a value of the vertical axis is written. */
  readonly yFormat: (y: number) => string
  /** Drawn in this order, the last on top. */
  readonly series: readonly Series[]
}

/** Middle tones that differ in hue and in lightness, also for the colour-blind. */
export const COLOURS = ['#2f81f7', '#d9730d', '#8e6bd8'] as const
export const NEUTRAL = '#6e7781'

const WIDTH = 640
const HEIGHT = 360
const LEFT = 64
const TOP = 58

/** `count` + 1 numbers from `low` to `high`, evenly spaced. */
export function evenTicks(low: number, high: number, count: number): number[] {
  return Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count)
}

/** A document to draw in, without a browser. */
export function blankDocument(): Document {
  const text = '<svg xmlns="http://www.w3.org/2000/svg"/>'
  return new DOMParser().parseFromString(text, 'image/svg+xml') as unknown as Document
}

/** A drawn chart as the text of its file. */
export function svgFile(svg: Element, title: string): string {
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', title)
  return `${svg.outerHTML.replace(/\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100))}\n`
}

/** The chart as an SVG document, `WIDTH` x `HEIGHT`. */
export function lineChart(args: ChartArgs): string {
  const { title, xLabel, yLabel, yDomain, yTicks, yLog = false, yFormat, series } = args
  const document = blankDocument()
  const ticks = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b)
  const svg = Plot.plot({
    document,
    width: WIDTH,
    height: HEIGHT,
    marginLeft: LEFT,
    marginTop: TOP,
    marginBottom: 44,
    marginRight: 24,
    style: { color: NEUTRAL, fontSize: '13px', background: 'none' },
    x: { label: xLabel, labelAnchor: 'center', labelArrow: 'none', ticks, tickFormat: String, tickSize: 0 },
    y: {
      type: yLog ? 'log' : 'linear',
      label: null,
      domain: [...yDomain],
      tickFormat: yFormat,
      tickSize: 0,
      ticks: [...yTicks],
    },
    marks: [
      Plot.gridY(yTicks, { stroke: NEUTRAL, strokeOpacity: 0.25 }),
      ...series.flatMap(({ points, colour, dashed = false }) => {
        const line = dashed ? { strokeDasharray: '6 4' } : {}
        const [x, y] = [(point: readonly number[]) => point[0]!, (point: readonly number[]) => point[1]!]
        return [
          Plot.lineY(points, { x, y, stroke: colour, strokeWidth: 2, ...line }),
          Plot.dot(points, { x, y, fill: colour, r: 2.5 }),
        ]
      }),
    ],
  }) as unknown as SVGElement
  drawLegend(document, svg, yLabel, series)
  return svgFile(svg, title)
}

/** A row above the chart, a piece of each line and its name; below it what the vertical axis measures. */
function drawLegend(document: Document, svg: SVGElement, yLabel: string, series: readonly Series[]): void {
  let x = LEFT
  const add = (name: string, attributes: Record<string, string | number>, text = ''): void => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name)
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
    element.textContent = text
    svg.appendChild(element)
  }
  for (const { name, colour, dashed = false } of series) {
    const dash = dashed ? { 'stroke-dasharray': '6 4' } : {}
    add('line', { x1: x, x2: x + 22, y1: 12, y2: 12, stroke: colour, 'stroke-width': 2, ...dash })
    add('text', { x: x + 28, y: 16, 'text-anchor': 'start' }, name)
    x += 28 + name.length * 7.5 + 18
  }
  add('text', { x: 4, y: TOP - 18, 'text-anchor': 'start' }, yLabel)
}
