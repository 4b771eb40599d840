/**
 * Turns pen strokes into a grey picture. A stroke is a chain of discs of varying size, joined; a pixel is as bright as
 * its distance to the stroke's edge says, over a ramp of about a pixel. Only additions, multiplications, divisions and
 * square roots are used, which every engine rounds alike.
 */

/** Points that a pen passes, stroke after stroke, and how wide it is there. */
export class PenPath {
  readonly x: Float64Array
  readonly y: Float64Array
  /** Half the width of the pen. */
  readonly radius: Float64Array
  /** 1 at the first point of a stroke, which nothing joins to the point before. */
  readonly starts: Uint8Array
  /** How many points there are. */
  size = 0

  constructor(capacity: number) {
    this.x = new Float64Array(capacity)
    this.y = new Float64Array(capacity)
    this.radius = new Float64Array(capacity)
    this.starts = new Uint8Array(capacity)
  }

  add(x: number, y: number, start: boolean): void {
    this.x[this.size] = x
    this.y[this.size] = y
    this.starts[this.size++] = start ? 1 : 0
  }
}

/** The square window, in pixels, that a picture is drawn in. */
export interface Window {
  /** The picture's width and height. */
  readonly side: number
  /** The first row and column that may be drawn on. */
  readonly begin: number
  /** The first row and column that may not be drawn on any more. */
  readonly end: number
}

/**
 * Draws the path into `out`, `side * side` brightnesses from 0 to 1, keeping the brighter of what is there and what
 * comes. `ramp` is the width of an edge in pixels. A pixel's centre lies half a pixel from its corner.
 */
export function drawPath(path: PenPath, ramp: number, { side, begin, end }: Window, out: Float64Array): void {
  const { x, y, radius, starts } = path
  for (let i = 1; i < path.size; i++) {
    if (starts[i] === 1) continue
    const x0 = x[i - 1]!
    const y0 = y[i - 1]!
    const r0 = radius[i - 1]!
    const dx = x[i]! - x0
    const dy = y[i]! - y0
    const dr = radius[i]! - r0
    const squared = dx * dx + dy * dy
    const reach = Math.max(r0, r0 + dr) + ramp / 2
    const left = Math.max(begin, Math.floor(Math.min(x0, x0 + dx) - reach))
    const right = Math.min(end - 1, Math.floor(Math.max(x0, x0 + dx) + reach))
    const top = Math.max(begin, Math.floor(Math.min(y0, y0 + dy) - reach))
    const bottom = Math.min(end - 1, Math.floor(Math.max(y0, y0 + dy) + reach))
    for (let row = top; row <= bottom; row++) {
      const py = row + 0.5 - y0
      for (let column = left; column <= right; column++) {
        const px = column + 0.5 - x0
        // The nearest point of the segment, as a share of its length.
        const along = squared > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / squared)) : 0
        const ex = px - along * dx
        const ey = py - along * dy
        const light = (r0 + along * dr - Math.sqrt(ex * ex + ey * ey)) / ramp + 0.5
        const at = row * side + column
        if (light > out[at]!) out[at] = Math.min(1, light)
      }
    }
  }
}
