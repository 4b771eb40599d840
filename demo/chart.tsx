/** A line chart by uPlot, in the colours of the theme and as wide as its place. */

import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { paintInSight, watchSight } from './sight.ts'
import { theme } from './theme.ts'

export interface Line {
  readonly label: string
  /** A custom property of the theme. */
  readonly colour: string
  readonly width?: number
  /** Whether each value gets a dot. */
  readonly points?: boolean
  readonly dash?: number[]
}

interface ChartProps {
  readonly label: string
  readonly lines: readonly Line[]
  /** The x values, then the values of each line. */
  readonly data: uPlot.AlignedData
  readonly y: { readonly range: (max: number) => [number, number]; readonly text: (value: number) => string }
  readonly x: { readonly range: (max: number) => [number, number]; readonly title: string; readonly whole?: boolean }
  /** In CSS pixels; default 240. */
  readonly height?: number
  /** An x value to draw a line at. */
  readonly mark?: number | undefined
}

const HEIGHT = 240

function css(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

function options(
  { lines, x, y, height = HEIGHT }: ChartProps,
  width: number,
  mark: () => number | undefined,
): uPlot.Options {
  const axis = {
    stroke: css('--quiet'),
    font: `12px ${css('--font-text')}`,
    labelFont: `12px ${css('--font-text')}`,
    ticks: { show: false },
  }
  return {
    width,
    height,
    hooks: { draw: [(plot) => drawMark(plot, mark())] },
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: (_, __, max) => x.range(max ?? 0) },
      y: { range: (_, __, max) => y.range(max ?? 0) },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        label: x.title,
        labelSize: 18,
        size: 28,
        space: 60,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
      },
      { ...axis, grid: { stroke: css('--line'), width: 1 }, size: 48, values: (_, splits) => splits.map(y.text) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour, width: thickness = 2, points = false, dash = [] }) => ({
        label,
        dash,
        stroke: css(colour),
        width: thickness,
        spanGaps: true,
        points: points ? { show: true, size: 6, fill: css(colour) } : { show: false },
      })),
    ],
  }
}

function drawMark(plot: uPlot, at: number | undefined): void {
  if (at === undefined) return
  const { ctx, bbox } = plot
  const x = Math.round(plot.valToPos(at, 'x', true))
  ctx.fillStyle = css('--ink')
  ctx.fillRect(x, bbox.top, Math.max(1, Math.round(devicePixelRatio)), bbox.height)
}

export function Chart(props: ChartProps) {
  const { height = HEIGHT, mark } = props
  const marked = useRef(mark)
  marked.current = mark
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const current = theme.value
  // Made anew for the theme's colours; the data follow below.
  useEffect(() => {
    const element = place.current!
    const made = new uPlot(
      options(props, element.clientWidth, () => marked.current),
      props.data,
      element,
    )
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
    }
  }, [current])
  useEffect(() => watchSight(place.current!), [])
  useEffect(() => paintInSight(place.current!, () => plot.current?.setData(props.data)), [props.data])
  useEffect(() => plot.current?.redraw(false), [mark])
  return (
    <div class="chart">
      <ul class="chart-legend" aria-hidden="true">
        {props.lines.map(({ label, colour }) => (
          <li key={label}>
            <span class="chart-key" style={{ background: `var(${colour})` }} />
            {label}
          </li>
        ))}
      </ul>
      <div ref={place} class="chart-place" role="img" aria-label={props.label} style={{ height: `${height}px` }} />
    </div>
  )
}
