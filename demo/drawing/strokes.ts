/** Strokes on the pad, and the one that is there from the start. */

export type Point = readonly [x: number, y: number]
export type Stroke = readonly Point[]

/** The pad's pixels; the page may show it smaller. */
export const PAD = 280
const PEN = 24

export function drawStrokes(context: CanvasRenderingContext2D, strokes: readonly Stroke[], ink: string): void {
  context.lineWidth = PEN
  context.lineCap = 'round'
  context.lineJoin = 'round'
  context.strokeStyle = ink
  for (const stroke of strokes) {
    context.beginPath()
    stroke.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)))
    // A dot is a stroke too.
    if (stroke.length === 1) context.lineTo(stroke[0]![0] + 0.1, stroke[0]![1])
    context.stroke()
  }
}

/** The lecture's example: a 2, made of an arc, a diagonal and a foot. */
export const TWO: readonly Stroke[] = [
  [
    ...Array.from({ length: 16 }, (_, i): Point => {
      const angle = Math.PI * (1 + i / 12)
      return [140 + 52 * Math.cos(angle), 100 + 48 * Math.sin(angle)]
    }),
    [88, 214],
    [196, 214],
  ],
]
