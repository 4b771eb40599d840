/**
 * Draws one digit as a hand might: a blend of a form's poses, shaky points, an uneven slant and width, a warped page
 * and a pen whose width changes on the way; then sized and placed as MNIST does it, into a box of 20 x 20 with its
 * aspect kept, and moved by whole pixels until its centre of mass is in the middle of 28 x 28.
 */
import type { Random } from '../random.ts'
import { distance, type Points, trace } from './curve.ts'
import type { Form, Stroke } from './digit-forms.ts'
import { drawPath, PenPath, type Window } from './rasterize.ts'

/** The width and the height of a picture. */
export const SIDE = 28
const BOX = 20
const WINDOW: Window = { side: SIDE, begin: (SIDE - BOX) / 2, end: (SIDE + BOX) / 2 }

const CAPACITY = 256

/** Draws digits one after the other, in buffers of its own. */
export class DigitDrawer {
  readonly #path = new PenPath(CAPACITY)
  readonly #light = new Float64Array(SIDE * SIDE)

  /** Draws a digit in one of the given forms into `out`, `SIDE * SIDE` bytes. */
  draw(forms: readonly Form[], random: Random, out: Uint8Array): void {
    const path = this.#path
    path.size = 0
    const strokes = blend(pick(forms, random), random)
    for (const stroke of strokes) {
      shake(stroke, random)
      trace(stroke, path)
    }
    warp(path, random)
    lean(path, random)
    const radius = within(1.28 + 0.4 * normal(random), 0.7, 2.8)
    press(path, radius, random)
    const ramp = 1 + 0.6 * random.nextFloat()
    // A very lopsided digit is drawn smaller, so that it can be centred; that is one in some hundreds.
    for (let box = BOX, centred = false; !centred && box >= BOX / 2; box -= 2) {
      fitInto(path, box - 2 * radius - (ramp - 1))
      this.#light.fill(0)
      drawPath(path, ramp, WINDOW, this.#light)
      centred = centre(this.#light, out)
    }
  }
}

/** Nearly normal: mean 0, variance 1, never beyond 3.5. The sum of four uniform numbers. */
function normal(random: Random): number {
  const sum = random.nextFloat() + random.nextFloat() + random.nextFloat() + random.nextFloat()
  return (sum - 2) * 1.7320508075688772
}

function within(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value))
}

/** A form, chosen by its weight. */
function pick(forms: readonly Form[], random: Random): Form {
  let rest = random.nextFloat() * forms.reduce((sum, form) => sum + form.weight, 0)
  for (const form of forms) {
    rest -= form.weight
    if (rest < 0) return form
  }
  return forms[forms.length - 1]!
}

/** The form's strokes, somewhere between its poses and mostly near one of them. */
function blend({ poses }: Form, random: Random): Points[] {
  const shares = poses.map(() => {
    const share = random.nextFloat()
    return share * share * share * share
  })
  const sum = shares.reduce((total, share) => total + share, 1e-9)
  const mix = (part: (pose: readonly Stroke[]) => number): number =>
    poses.reduce((total, pose, i) => total + (part(pose) * shares[i]!) / sum, 0)
  return poses[0]!.map(({ corner }, s) => ({
    x: corner.map((_, i) => mix((pose) => pose[s]!.x[i]!)),
    y: corner.map((_, i) => mix((pose) => pose[s]!.y[i]!)),
    corner,
  }))
}

/** Puts a stroke a little beside its place, bends it, and lets its ends fall short or shoot over. */
function shake({ x, y }: Points, random: Random): void {
  const last = x.length - 1
  const amount = 0.04 + 0.04 * random.nextFloat()
  // Points that are close together move less, or a round stroke would get dents.
  const room = x.map((_, i) => {
    const before = i > 0 ? distance(x, y, i - 1) : 1
    const after = i < last ? distance(x, y, i) : 1
    return amount * Math.min(1, 3.3 * before, 3.3 * after)
  })
  stretchEnd(x, y, 0, 1, 0.2 * normal(random))
  stretchEnd(x, y, last, last - 1, 0.2 * normal(random))
  move(x, room, random)
  move(y, room, random)
}

/** Moves the end of a stroke by a share of its last piece, on or back. */
function stretchEnd(x: number[], y: number[], end: number, next: number, share: number): void {
  x[end] = x[end]! + share * (x[end]! - x[next]!)
  y[end] = y[end]! + share * (y[end]! - y[next]!)
}

/** Moves a coordinate of all points together and of each by itself, neighbours alike. */
function move(values: number[], room: readonly number[], random: Random): void {
  const together = 0.03 * normal(random)
  const noise = Array.from({ length: values.length + 2 }, () => normal(random))
  for (let i = 0; i < values.length; i++) {
    // The sum of three has three times the variance of one.
    const smooth = (noise[i]! + noise[i + 1]! + noise[i + 2]!) * 0.5773502691896258
    values[i] = values[i]! + together + room[i]! * smooth
  }
}

/** Bends the page. */
function warp(path: PenPath, random: Random): void {
  const amount = 0.2 * random.nextFloat()
  const bendX = bend(amount, random)
  const bendY = bend(amount, random)
  for (let i = 0; i < path.size; i++) {
    const u = 2 * path.x[i]! - 1
    const v = 2 * path.y[i]! - 1
    path.x[i] = u + bendX(u, v)
    path.y[i] = v + bendY(u, v)
  }
}

/** A random polynomial in u and v, of the second and, more weakly, the third degree. */
function bend(amount: number, random: Random): (u: number, v: number) => number {
  const [uu, uv, vv] = [amount * normal(random), amount * normal(random), amount * normal(random)]
  const weak = amount / 2
  const [uuu, uuv, uvv, vvv] = [
    weak * normal(random),
    weak * normal(random),
    weak * normal(random),
    weak * normal(random),
  ]
  return (u, v) => u * u * (uu + uuu * u + uuv * v) + v * v * (vv + uvv * u + vvv * v) + uv * u * v
}

/** Makes the digit wider or narrower, slants it, and turns it. */
function lean(path: PenPath, random: Random): void {
  const width = within(1 + 0.22 * normal(random), 0.55, 1.6)
  const slant = 0.18 + 0.3 * normal(random)
  // A turn by the angle whose half has the tangent `half`.
  const half = 0.08 * normal(random)
  const cosine = (1 - half * half) / (1 + half * half)
  const sine = (2 * half) / (1 + half * half)
  for (let i = 0; i < path.size; i++) {
    const x = width * path.x[i]! - slant * path.y[i]!
    const y = path.y[i]!
    path.x[i] = cosine * x - sine * y
    path.y[i] = sine * x + cosine * y
  }
}

/** Gives the pen its width: it changes along a stroke, with the direction, and at random. */
function press(path: PenPath, radius: number, random: Random): void {
  const nib = 0.19 * normal(random)
  let swell = 0
  let taper = 0
  let begin = 0
  let end = 0
  for (let i = 0; i < path.size; i++) {
    if (path.starts[i] === 1) {
      begin = i
      end = i + 1
      while (end < path.size && path.starts[end] === 0) end++
      swell = 0.19 * normal(random)
      taper = 0.19 * normal(random)
    }
    const j = i > begin ? i : i + 1
    const dx = path.x[j]! - path.x[j - 1]!
    const dy = path.y[j]! - path.y[j - 1]!
    const slope = (dx * dx - dy * dy) / (dx * dx + dy * dy + 1e-12)
    const t = (2 * (i - begin)) / (end - 1 - begin) - 1
    const rough = 0.08 * normal(random)
    path.radius[i] = radius * within(1 + nib * slope + taper * t + swell * (1 - 2 * t * t) + rough, 0.5, 1.6)
  }
}

/** Scales the path so that the larger side of its box has the given size, and puts it into the picture's middle. */
function fitInto(path: PenPath, size: number): void {
  let left = Number.POSITIVE_INFINITY
  let right = Number.NEGATIVE_INFINITY
  let top = Number.POSITIVE_INFINITY
  let bottom = Number.NEGATIVE_INFINITY
  for (let i = 0; i < path.size; i++) {
    left = Math.min(left, path.x[i]!)
    right = Math.max(right, path.x[i]!)
    top = Math.min(top, path.y[i]!)
    bottom = Math.max(bottom, path.y[i]!)
  }
  const scale = size / Math.max(right - left, bottom - top)
  for (let i = 0; i < path.size; i++) {
    path.x[i] = SIDE / 2 + (path.x[i]! - (left + right) / 2) * scale
    path.y[i] = SIDE / 2 + (path.y[i]! - (top + bottom) / 2) * scale
  }
}

/**
 * Turns brightness into bytes, moved by whole pixels so that the centre of mass comes to lie within half a pixel of
 * pixel 14, 14. No ink leaves the picture; returns whether it could be centred all the same.
 */
function centre(light: Float64Array, out: Uint8Array): boolean {
  const x = new Extent()
  const y = new Extent()
  for (let row = WINDOW.begin; row < WINDOW.end; row++) {
    for (let column = WINDOW.begin; column < WINDOW.end; column++) {
      const byte = Math.round(255 * light[row * SIDE + column]!)
      if (byte === 0) continue
      x.add(column, byte)
      y.add(row, byte)
    }
  }
  const shift = y.toMiddle() * SIDE + x.toMiddle()
  out.fill(0)
  for (let i = 0; i < light.length; i++) {
    const byte = Math.round(255 * light[i]!)
    if (byte > 0) out[i + shift] = byte
  }
  return x.canCentre() && y.canCentre()
}

/** Where the ink is, along one axis. */
class Extent {
  #first = SIDE
  #last = 0
  #mass = 0
  #moment = 0

  add(place: number, mass: number): void {
    this.#first = Math.min(this.#first, place)
    this.#last = Math.max(this.#last, place)
    this.#mass += mass
    this.#moment += mass * place
  }

  /** How many pixels the ink moves: to the middle, or as far as there is room. */
  toMiddle(): number {
    return within(this.#wanted(), -this.#first, SIDE - 1 - this.#last)
  }

  canCentre(): boolean {
    return this.toMiddle() === this.#wanted()
  }

  #wanted(): number {
    return Math.round(SIDE / 2 - this.#moment / this.#mass)
  }
}
