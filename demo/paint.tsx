/** Pictures out of numbers: one picture per canvas, or many in a grid, in the colours of the theme. */

import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { paintInSight, watchSight } from './sight.ts'
import { type Colour, colour, theme } from './theme.ts'

/** A number's colour, as 32 bits in the order of ImageData. */
export type Palette = (value: number) => number

function packed([red, green, blue]: Colour): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0
}

const SHADES = 255

const ramps = new Map<string, Uint32Array>()

/** Colours between two; each pair is mixed once. */
function ramp(from: Colour, to: Colour): Uint32Array {
  const key = `${from} ${to}`
  let known = ramps.get(key)
  if (known === undefined) {
    known = mixed(from, to)
    ramps.set(key, known)
  }
  return known
}

function mixed(from: Colour, to: Colour): Uint32Array {
  return Uint32Array.from({ length: SHADES + 1 }, (_, i) => {
    const shade = from.map((channel, c) => Math.round(channel + ((to[c]! - channel) * i) / SHADES))
    return packed(shade as unknown as Colour)
  })
}

function shade(value: number): number {
  return Math.min(SHADES, Math.max(0, Math.round(value * SHADES)))
}

/** From paper (0) to ink (1). */
export function inkPalette(paper = '--surface', ink = '--ink'): Palette {
  const shades = ramp(colour(paper), colour(ink))
  return (value) => shades[shade(value)]!
}

/** Negative numbers in ink, positive ones in the accent, by their size up to `largest`. */
export function signedPalette(largest: number): Palette {
  const paper = colour('--surface')
  const positive = ramp(paper, colour('--accent'))
  const negative = ramp(paper, colour('--ink'))
  return (value) => (value < 0 ? negative[shade(-value / largest)]! : positive[shade(value / largest)]!)
}

/** Pictures side by side. `at` gives the number of a picture's pixel. */
export interface Sheet {
  readonly count: number
  readonly columns: number
  readonly height: number
  readonly width: number
  /** Pixels between pictures. */
  readonly gap: number
  readonly at: (picture: number, row: number, column: number) => number
}

export function sheetSize({ count, columns, height, width, gap }: Sheet): readonly [width: number, height: number] {
  const rows = Math.ceil(count / columns)
  return [columns * (width + gap) - gap, rows * (height + gap) - gap]
}

function paintSheet(canvas: HTMLCanvasElement, sheet: Sheet, palette: Palette): void {
  const [width, height] = sheetSize(sheet)
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  const context = canvas.getContext('2d')!
  const image = context.createImageData(width, height)
  const pixels = new Uint32Array(image.data.buffer)
  for (let picture = 0; picture < sheet.count; picture++) {
    const top = Math.floor(picture / sheet.columns) * (sheet.height + sheet.gap)
    const left = (picture % sheet.columns) * (sheet.width + sheet.gap)
    for (let row = 0; row < sheet.height; row++) {
      for (let column = 0; column < sheet.width; column++) {
        pixels[(top + row) * width + left + column] = palette(sheet.at(picture, row, column))
      }
    }
  }
  context.putImageData(image, 0, 0)
}

interface SheetCanvasProps {
  readonly sheet: Sheet
  readonly palette: () => Palette
  /** Empty where the surroundings say it. */
  readonly label: string
  readonly class?: string
  /** Called with the picture that was clicked. */
  readonly onPick?: (picture: number) => void
  /** What is said of the picture under the pointer. */
  readonly hint?: (picture: number) => string
  /** The picture that has been chosen. */
  readonly picked?: number | undefined
}

export function SheetCanvas({ sheet, palette, label, class: name = '', onPick, hint, picked }: SheetCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [width, height] = sheetSize(sheet)
  const current = theme.value
  useLayoutEffect(() => watchSight(canvas.current!), [])
  // The theme changes what palette() returns.
  useLayoutEffect(() => {
    const element = canvas.current!
    paintInSight(element, () => paintSheet(element, sheet, palette()))
  }, [sheet, palette, current])
  const rows = Math.ceil(sheet.count / sheet.columns)
  const under = (event: MouseEvent): number | undefined => {
    const box = canvas.current!.getBoundingClientRect()
    const column = Math.floor(((event.clientX - box.left) / box.width) * sheet.columns)
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows)
    const picture = row * sheet.columns + column
    return picture >= 0 && picture < sheet.count ? picture : undefined
  }
  const pick = (event: MouseEvent) => {
    const picture = under(event)
    if (picture !== undefined) onPick?.(picture)
  }
  const move = (event: MouseEvent) => {
    const picture = under(event)
    canvas.current!.title = picture === undefined ? '' : hint!(picture)
  }
  const painted = (
    <canvas
      ref={canvas}
      {...(label === '' ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
      class={`sheet ${name}`}
      style={{ aspectRatio: `${width} / ${height}` }}
      onClick={onPick === undefined ? undefined : pick}
      onPointerMove={hint === undefined ? undefined : move}
    />
  )
  if (onPick === undefined) return painted
  return (
    <div class="sheet-frame">
      {painted}
      {picked !== undefined && picked < sheet.count && (
        <span
          class="sheet-ring"
          aria-hidden="true"
          style={{
            left: `${((picked % sheet.columns) / sheet.columns) * 100}%`,
            top: `${(Math.floor(picked / sheet.columns) / rows) * 100}%`,
            width: `${100 / sheet.columns}%`,
            height: `${100 / rows}%`,
          }}
        />
      )}
    </div>
  )
}

/** One grey picture of bytes. */
export function ByteImage({ bytes, label }: { readonly bytes: Uint8Array; readonly label: string }) {
  const sheet = useMemo<Sheet>(
    () => ({
      ...{ count: 1, columns: 1, height: 28, width: 28, gap: 0 },
      at: (_, row, column) => bytes[row * 28 + column]! / 255,
    }),
    [bytes],
  )
  return <SheetCanvas sheet={sheet} palette={inkPalette} label={label} />
}
