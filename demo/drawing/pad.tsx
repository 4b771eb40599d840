/** The pad to draw on, and the digits of the test set for those who rather would not. */

import { useComputed, useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { normalizeDigit } from 'quadlane/data'
import { openDrawn } from '../digit/state.ts'
import { theme } from '../theme.ts'
import { bench } from '../training/state.ts'
import { type Drawing, drawing, putOnPad } from './drawing.ts'
import { pixels } from './state.ts'
import { drawStrokes, PAD, type Point, type Stroke } from './strokes.ts'

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const

function imageCanvas(bytes: Uint8Array, ink: string): HTMLCanvasElement {
  const canvas = Object.assign(document.createElement('canvas'), { width: 28, height: 28 })
  const context = canvas.getContext('2d')!
  context.fillStyle = ink
  bytes.forEach((byte, i) => {
    context.globalAlpha = byte / 255
    context.fillRect(i % 28, Math.floor(i / 28), 1, 1)
  })
  return canvas
}

function paint(context: CanvasRenderingContext2D, { strokes, image }: Drawing): void {
  const ink = getComputedStyle(context.canvas).color
  context.clearRect(0, 0, PAD, PAD)
  if (image !== undefined) context.drawImage(imageCanvas(image, ink), 0, 0, PAD, PAD)
  drawStrokes(context, strokes, ink)
}

/** Ink is where the canvas is not transparent, whatever its colour. */
function inkOf(context: CanvasRenderingContext2D): Float32Array {
  const { data } = context.getImageData(0, 0, PAD, PAD)
  return Float32Array.from({ length: PAD * PAD }, (_, i) => data[4 * i + 3]! / 255)
}

export function Pad() {
  const canvas = useRef<HTMLCanvasElement>(null)
  const stroke = useSignal<Stroke | undefined>(undefined)
  const all = useComputed(() => {
    const { strokes, image } = drawing.value
    const drawn = stroke.value === undefined ? strokes : [...strokes, stroke.value]
    return { strokes: drawn, ...(image === undefined ? {} : { image }) }
  })
  const current = theme.value
  const shown = all.value
  // The ink's colour is the theme's.
  useLayoutEffect(() => {
    const context = canvas.current!.getContext('2d', { willReadFrequently: true })!
    paint(context, shown)
    pixels.value = normalizeDigit(inkOf(context), PAD)
  }, [shown, current])

  const pointOf = (event: PointerEvent): Point => {
    const box = canvas.current!.getBoundingClientRect()
    return [((event.clientX - box.left) * PAD) / box.width, ((event.clientY - box.top) * PAD) / box.height]
  }
  const begin = (event: PointerEvent) => {
    canvas.current!.setPointerCapture(event.pointerId)
    stroke.value = [pointOf(event)]
  }
  const move = (event: PointerEvent) => {
    if (stroke.value === undefined) return
    const points = event.getCoalescedEvents?.() ?? []
    stroke.value = [...stroke.value, ...(points.length > 0 ? points : [event]).map(pointOf)]
  }
  const end = () => {
    drawing.value = all.value
    stroke.value = undefined
  }
  useEffect(() => preventScrolling(canvas.current!), [])

  return (
    <div class="pad-side">
      <canvas
        ref={canvas}
        class="pad"
        width={PAD}
        height={PAD}
        role="img"
        aria-label="Pad to draw a digit on, by mouse or finger. The buttons below put digits of the test set here."
        onPointerDown={begin}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={end}
      />
      <div class="pad-tools">
        <div class="pad-buttons">
          <button type="button" class="button" onClick={() => (drawing.value = { strokes: [] })}>
            Clear
          </button>
          <button type="button" class="button" onClick={openDrawn}>
            Why?
          </button>
        </div>
        <Examples />
      </div>
    </div>
  )
}

/** A finger on the pad draws; it does not move the page. */
function preventScrolling(canvas: HTMLCanvasElement): () => void {
  const prevent = (event: Event) => event.preventDefault()
  canvas.addEventListener('touchstart', prevent, { passive: false })
  return () => canvas.removeEventListener('touchstart', prevent)
}

/** One button per digit; each press gives another of its kind. */
function Examples() {
  const presses = useSignal(0)
  const pick = (digit: number) => {
    const made = bench.value
    if (made === undefined) return
    const found = [...made.labels.keys()].filter((i) => made.labels[i] === digit)
    const i = found[presses.value++ % found.length]
    if (i !== undefined) putOnPad(made.images.slice(i * 784, (i + 1) * 784))
  }
  return (
    <fieldset class="examples">
      <legend>or take one from the test set:</legend>
      {DIGITS.map((digit) => (
        <button
          key={digit}
          type="button"
          class="digit-button"
          onClick={() => pick(digit)}
          aria-label={`A ${digit} from the test set`}
        >
          {digit}
        </button>
      ))}
    </fieldset>
  )
}
