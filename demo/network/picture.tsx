/** The network as a picture: a column of maps for each layer, with their links, while it learns. */

import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { activationPalette } from '../drawing/palettes.ts'
import { chosen, filters, picture, stages, weights } from '../drawing/state.ts'
import { decimals } from '../format.ts'
import { guest } from '../guest/state.ts'
import { prefersStillness } from '../media.ts'
import { type Sheet, SheetCanvas } from '../paint.tsx'
import { theme } from '../theme.ts'
import type { Stage } from '../worker/inspector.ts'
import { type Hit, hitOf, isMaps } from './layout.ts'
import { Painter } from './painter.ts'
import { look } from './state.ts'

interface Tip {
  readonly hit: Hit
  readonly x: number
  readonly y: number
  /** To the left of the pointer, where there is no room on the right. */
  readonly flipped: boolean
}

export function NetworkPicture() {
  const frame = useRef<HTMLDivElement>(null)
  const links = useRef<HTMLCanvasElement>(null)
  const maps = useRef<HTMLCanvasElement>(null)
  const marks = useRef<HTMLCanvasElement>(null)
  const painter = useRef<Painter | undefined>(undefined)
  const width = useSignal(0)
  const tip = useSignal<Tip | undefined>(undefined)
  const shown = { picture: picture.value, stages: stages.value, filters: filters.value, weights: weights.value }
  const current = theme.value

  useLayoutEffect(() => {
    const made = new Painter({ links: links.current!, maps: maps.current!, marks: marks.current! })
    painter.current = made
    const sizes = new ResizeObserver(([entry]) => {
      width.value = Math.floor(entry!.contentRect.width)
    })
    sizes.observe(frame.current!)
    const sight = new IntersectionObserver(([entry]) => {
      made.isVisible = entry?.isIntersecting ?? true
    })
    sight.observe(frame.current!)
    return () => {
      sizes.disconnect()
      sight.disconnect()
      made.stop()
    }
  }, [])
  useEffect(() => {
    if (width.value === 0 || shown.stages.length === 0) return
    painter.current!.show({ ...shown, classes: guest.value?.classes ?? [] }, width.value, prefersStillness.value)
  }, [shown.picture, shown.stages, shown.filters, shown.weights, width.value])
  useEffect(() => painter.current!.repaint(), [current])
  const focus = chosen.value
  const hovered = tip.value?.hit
  useEffect(() => {
    const over = hovered === undefined || hovered.column.stage < 0 ? undefined : hovered
    painter.current!.point(focus, over && { stage: over.column.stage, map: over.map })
  }, [focus, hovered])

  const hitAt = (event: PointerEvent | MouseEvent): Hit | undefined => {
    const layout = painter.current?.layout
    if (layout === undefined) return undefined
    const box = marks.current!.getBoundingClientRect()
    return hitOf(layout, event.clientX - box.left, event.clientY - box.top)
  }
  const move = (event: PointerEvent) => {
    const hit = hitAt(event)
    marks.current!.style.cursor = hit !== undefined && hit.column.stage >= 0 ? 'pointer' : 'default'
    if (hit === undefined || event.pointerType === 'touch') {
      tip.value = undefined
      return
    }
    const box = frame.current!.getBoundingClientRect()
    const x = event.clientX - box.left
    tip.value = { hit, x, y: event.clientY - box.top, flipped: x > box.width - 260 }
  }
  const pick = (event: MouseEvent) => {
    const hit = hitAt(event)
    if (hit === undefined || hit.column.stage < 0) return
    look(hit.column.stage, hit.map, { row: hit.row, column: hit.across })
  }
  const tall = painter.current?.layout?.height ?? 482
  return (
    <div ref={frame} class="network-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled can be reached by keyboard */}
      <section class="network-scroll" tabIndex={0} aria-label="The network as a picture">
        <div class="network" style={{ height: `${tall}px` }}>
          <canvas ref={links} />
          <canvas ref={maps} />
          <canvas
            ref={marks}
            role="img"
            aria-label={networkText(shown.stages)}
            onPointerMove={move}
            onPointerLeave={() => (tip.value = undefined)}
            onClick={pick}
          />
        </div>
      </section>
      {tip.value !== undefined && <TipBox tip={tip.value} />}
    </div>
  )
}

function networkText(all: readonly Stage[]): string {
  return `The layers in columns, for the drawn digit: ${all.map(({ name, shape }) => `${name} ${shape.join('×')}`).join(', ')}. The lists below choose a map of them.`
}

function TipBox({ tip: { hit, x, y, flipped } }: { readonly tip: Tip }) {
  const { column, map, row, across } = hit
  const stage = stages.value[column.stage]
  const { shape, values } = stage ?? picture.value
  const hasMaps = isMaps(shape)
  const value = values[hasMaps ? (row * shape[1]! + across) * shape[2]! + map : map] ?? 0
  const colours = shape[2] === 3 ? `, ${['red', 'green', 'blue'][map]}` : ''
  const name = stage === undefined ? `The picture${colours}` : `${column.title}, ${hasMaps ? 'map' : 'unit'} ${map + 1}`
  return (
    <div class={flipped ? 'tip tip-flipped' : 'tip'} style={{ left: `${x}px`, top: `${y}px` }} aria-hidden="true">
      {hasMaps && <TipMap shape={shape} values={values} map={map} row={row} column={across} />}
      <p>
        <strong>{name}</strong>
      </p>
      <p class="figure">
        {hasMaps ? `row ${row + 1}, column ${across + 1}: ` : ''}
        {decimals(value, 3)}
      </p>
      {stage !== undefined && <p class="quiet">Click to see how it is made</p>}
    </div>
  )
}

interface TipMapProps {
  readonly shape: readonly number[]
  readonly values: Float32Array
  readonly map: number
  readonly row: number
  readonly column: number
}

function TipMap({ shape, values, map, row, column }: TipMapProps) {
  const [height = 1, width = 1, count = 1] = shape
  const sheet: Sheet = {
    ...{ count: 1, columns: 1, height, width, gap: 0 },
    at: (_, i, j) => values[(i * width + j) * count + map]!,
  }
  return (
    <div class="tip-map">
      <SheetCanvas sheet={sheet} palette={() => activationPalette(values)} label="" />
      <span
        class="sheet-ring"
        style={{
          left: `${(100 * column) / width}%`,
          top: `${(100 * row) / height}%`,
          width: `${100 / width}%`,
          height: `${100 / height}%`,
        }}
      />
    </div>
  )
}
