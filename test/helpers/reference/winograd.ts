/**
 * How far from the exact result Winograd's F(4 × 4, 3 × 3) may be in float32: the absolute values of everything that is
 * added up on the way, componentwise, times the number of roundings that one of them goes through. The matrices are
 * built here from the interpolation points by their definition (Lavin and Gray 2016, Blahut's Toom-Cook), in float64.
 */

import type { Bounded } from '../compare.ts'
import { type Conv2dShape, outputSize } from './conv2d.ts'

type Matrix = readonly (readonly number[])[]

const POINTS = [0, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, -Math.SQRT2]

/** Coefficients of Π (x − p) over the points but number `left`, the lowest power first. */
function productWithout(left: number): number[] {
  return POINTS.reduce<number[]>(
    (poly, p, i) => {
      if (i === left) return poly
      const next = [...poly.map((c) => -p * c), 0]
      poly.forEach((c, k) => {
        next[k + 1] = next[k + 1]! + c
      })
      return next
    },
    [1],
  )
}

const padTo = (row: number[], length: number): number[] => [...row, ...Array<number>(length - row.length).fill(0)]
const powers = (p: number, count: number): number[] => Array.from({ length: count }, (_, k) => p ** k)
const scaleOf = (i: number): number =>
  POINTS.reduce((product, p, j) => (j === i ? product : product * (POINTS[i]! - p)), 1)

/** Bᵀ 6 × 6, G 6 × 3 and A 6 × 4; the last row of each is the point at infinity. */
export const BT: Matrix = [...POINTS.map((_, i) => padTo(productWithout(i), 6)), padTo(productWithout(-1), 6)]
export const G: Matrix = [...POINTS.map((p, i) => powers(p, 3).map((power) => power / scaleOf(i))), [0, 0, 1]]
export const A: Matrix = [...POINTS.map((p) => powers(p, 4)), [0, 0, 0, 1]]

const transpose = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map((row) => row[j]!))
const absolute = (m: Matrix): Matrix => m.map((row) => row.map(Math.abs))
const [absBT, absG, absA] = [BT, G, A].map(absolute) as [Matrix, Matrix, Matrix]

function multiply(a: Matrix, b: Matrix): number[][] {
  return a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)))
}

/** m · x · mᵀ */
const sandwich = (m: Matrix, x: Matrix): number[][] => multiply(multiply(m, x), transpose(m))

/** Roundings beside those of the sum of products: two passes of at most six terms for each of three transforms. */
const TRANSFORM_ROUNDINGS = 40

interface Tile {
  readonly b: number
  readonly p: number
  readonly q: number
}

function tilesOf(shape: Conv2dShape): Tile[] {
  const { P, Q } = outputSize(shape)
  const tiles: Tile[] = []
  for (let b = 0; b < shape.B; b++)
    for (let p = 0; p < P; p += 4) for (let q = 0; q < Q; q += 4) tiles.push({ b, p, q })
  return tiles
}

/** |m| · |patch| · |m|ᵀ for each channel of a patch that begins at (top, left), zeros outside of the image. */
function absolutePatches(
  m: Matrix,
  size: number,
  values: ArrayLike<number>,
  [H, W, C]: readonly [number, number, number],
  { b, top, left }: { b: number; top: number; left: number },
): number[][][] {
  return Array.from({ length: C }, (_, c) => {
    const patch = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => {
        const [h, w] = [top + i, left + j]
        return h < 0 || w < 0 || h >= H || w >= W ? 0 : Math.abs(values[((b * H + h) * W + w) * C + c]!)
      }),
    )
    return sandwich(m, patch)
  })
}

function absoluteFilter({ C, F }: Conv2dShape, w: ArrayLike<number>): number[][][][] {
  return Array.from({ length: C }, (_, c) =>
    Array.from({ length: F }, (_, f) => {
      const taps = [0, 1, 2].map((r) => [0, 1, 2].map((s) => Math.abs(w[((r * 3 + s) * C + c) * F + f]!)))
      return sandwich(absG, taps)
    }),
  )
}

const zeros = (): number[][] => Array.from({ length: 6 }, () => Array<number>(6).fill(0))

function addProduct(sum: number[][], a: Matrix, b: Matrix): void {
  for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) sum[i]![j]! += a[i]![j]! * b[i]![j]!
}

/** The exact values with the bounds of Winograd in place of Σ|a·b|; use with `expectWithin`. */
export interface ErrorBounded extends Bounded {
  /** Roundings that a term goes through. */
  readonly roundings: number
}

/** For y, of the exact reference y. */
export function forwardBound(
  shape: Conv2dShape,
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  exact: Bounded,
): ErrorBounded {
  const { H, W, C, F, top, left } = shape
  const { P, Q } = outputSize(shape)
  const u = absoluteFilter(shape, w)
  const magnitudes = exact.magnitudes.slice()
  for (const { b, p, q } of tilesOf(shape)) {
    const v = absolutePatches(absBT, 6, x, [H, W, C], { b, top: p - top, left: q - left })
    for (let f = 0; f < F; f++) {
      const sum = zeros()
      for (let c = 0; c < C; c++) addProduct(sum, v[c]!, u[c]![f]!)
      const out = sandwich(transpose(absA), sum)
      for (let i = 0; i < Math.min(4, P - p); i++)
        for (let j = 0; j < Math.min(4, Q - q); j++) magnitudes[((b * P + p + i) * Q + q + j) * F + f]! += out[i]![j]!
    }
  }
  return { values: exact.values, magnitudes, roundings: C + TRANSFORM_ROUNDINGS }
}

/** For dx, of the exact reference dx. */
export function gradInputBound(
  shape: Conv2dShape,
  dy: ArrayLike<number>,
  w: ArrayLike<number>,
  exact: Bounded,
): ErrorBounded {
  const { H, W, C, F, top, left } = shape
  const { P, Q } = outputSize(shape)
  const u = absoluteFilter(shape, w)
  const magnitudes = exact.magnitudes.slice()
  for (const { b, p, q } of tilesOf(shape)) {
    const m = absolutePatches(absA, 4, dy, [P, Q, F], { b, top: p, left: q })
    for (let c = 0; c < C; c++) {
      const sum = zeros()
      for (let f = 0; f < F; f++) addProduct(sum, m[f]!, u[c]![f]!)
      sandwich(transpose(absBT), sum).forEach((row, i) => {
        row.forEach((value, j) => {
          const [h, k] = [p - top + i, q - left + j]
          if (h >= 0 && k >= 0 && h < H && k < W) magnitudes[((b * H + h) * W + k) * C + c]! += value
        })
      })
    }
  }
  return { values: exact.values, magnitudes, roundings: F + TRANSFORM_ROUNDINGS }
}

/** For dw, of the exact reference dw. */
export function gradFilterBound(
  shape: Conv2dShape,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  exact: Bounded,
): ErrorBounded {
  const { H, W, C, F, top, left } = shape
  const { P, Q } = outputSize(shape)
  const tiles = tilesOf(shape)
  const sums = Array.from({ length: C * F }, zeros)
  for (const { b, p, q } of tiles) {
    const v = absolutePatches(absBT, 6, x, [H, W, C], { b, top: p - top, left: q - left })
    const m = absolutePatches(absA, 4, dy, [P, Q, F], { b, top: p, left: q })
    for (let c = 0; c < C; c++) for (let f = 0; f < F; f++) addProduct(sums[c * F + f]!, v[c]!, m[f]!)
  }
  const magnitudes = exact.magnitudes.slice()
  sums.forEach((sum, cf) => {
    sandwich(transpose(absG), sum).forEach((row, r) => {
      row.forEach((value, s) => {
        magnitudes[(r * 3 + s) * C * F + cf]! += value
      })
    })
  })
  return { values: exact.values, magnitudes, roundings: tiles.length + TRANSFORM_ROUNDINGS }
}
