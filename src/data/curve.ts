/**
 * Smooth lines through points, as straight pieces. Cubic pieces whose tangents weigh the neighbours by their distance
 * do not overshoot where points lie close together beside points that lie far apart.
 */
import type { PenPath } from './rasterize.ts'

/** The points that a line goes through. */
export interface Points {
  readonly x: number[]
  readonly y: number[]
  readonly corner: readonly boolean[]
}

/** Straight pieces that a curve between two points is drawn as. */
const PIECES = 6

/** Adds a smooth line through the points to the path, as a new stroke. It turns on the spot at corners. */
export function trace({ x, y, corner }: Points, path: PenPath): void {
  const last = x.length - 1
  const slopes = [tangents(x, x, y, corner), tangents(y, x, y, corner)] as const
  path.add(x[0]!, y[0]!, true)
  for (let i = 0; i < last; i++) {
    const length = distance(x, y, i)
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES
      path.add(cubic(x, slopes[0], i, length, t), cubic(y, slopes[1], i, length, t), false)
    }
  }
}

/** How far it is from point i to the next, never quite 0. */
export function distance(x: readonly number[], y: readonly number[], i: number): number {
  const dx = x[i + 1]! - x[i]!
  const dy = y[i + 1]! - y[i]!
  return Math.sqrt(dx * dx + dy * dy) + 1e-6
}

/** The slope of one coordinate per unit of length, before and after each point; they differ at corners only. */
function tangents(
  values: readonly number[],
  x: readonly number[],
  y: readonly number[],
  corner: readonly boolean[],
): { readonly before: number[]; readonly after: number[] } {
  const before: number[] = []
  const after: number[] = []
  const last = values.length - 1
  for (let i = 0; i <= last; i++) {
    const lengthIn = i > 0 ? distance(x, y, i - 1) : 0
    const lengthOut = i < last ? distance(x, y, i) : 0
    const slopeIn = i > 0 ? (values[i]! - values[i - 1]!) / lengthIn : 0
    const slopeOut = i < last ? (values[i + 1]! - values[i]!) / lengthOut : 0
    const smooth = (slopeIn * lengthOut + slopeOut * lengthIn) / (lengthIn + lengthOut)
    before.push(corner[i] || i === last ? slopeIn : smooth)
    after.push(corner[i] || i === 0 ? slopeOut : smooth)
  }
  return { before, after }
}

/** Hermite's cubic between points i and i + 1. */
function cubic(
  values: readonly number[],
  slopes: { readonly before: readonly number[]; readonly after: readonly number[] },
  i: number,
  length: number,
  t: number,
): number {
  const a = values[i]!
  const b = values[i + 1]!
  const u = 1 - t
  const leave = slopes.after[i]! * length
  const arrive = slopes.before[i + 1]! * length
  return u * u * ((1 + 2 * t) * a + t * leave) + t * t * ((1 + 2 * u) * b - u * arrive)
}
