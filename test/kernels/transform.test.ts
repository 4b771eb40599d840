/** Images under projective maps, in every build: the values of a plain loop, nothing stored beyond the end, any cut. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'

const [B, H, W, P, Q] = [2, 4, 5, 3, 7]
const MAPS = [1.2, 0.3, -0.7, -0.2, 0.9, 0.6, 0.02, -0.03, 0.5, 0, 1.25, 0, 2, -1.5, 0, 0]

/** Where pixel (p, q) of image b comes from, and which pixels have which share; those outside are fill. */
function sharesOf(b: number, p: number, q: number): { h: number; w: number; share: number }[] {
  const [m0, m1, m2, m3, m4, m5, m6, m7] = Float32Array.from(MAPS.slice(8 * b)) as unknown as number[]
  const k = m6! * q + m7! * p + 1
  const [w, h] = [(m0! * q + m1! * p + m2!) / k, (m3! * q + m4! * p + m5!) / k]
  const [top, left] = [Math.floor(h), Math.floor(w)]
  return [0, 1].flatMap((down) =>
    [0, 1].map((right) => ({
      h: top + down,
      w: left + right,
      share: (down === 0 ? top + 1 - h : h - top) * (right === 0 ? left + 1 - w : w - left),
    })),
  )
}

const isInside = (h: number, w: number): boolean => h >= 0 && h < H && w >= 0 && w < W

describe.each(BUILDS)('%s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  // Full vectors, and every remainder.
  it.each([1, 2, 3, 4, 5, 8, 11])('%i channels, forward and back', (C) => {
    const [x, dy] = [uniform(B * H * W * C, C), uniform(B * P * Q * C, C + 1)]
    const [y, dx] = [new Float64Array(B * P * Q * C), new Float64Array(B * H * W * C)]
    for (let at = 0; at < B * P * Q; at++) {
      const b = Math.floor(at / (P * Q))
      for (const { h, w, share } of sharesOf(b, Math.floor(at / Q) % P, at % Q)) {
        for (let c = 0; c < C; c++) {
          const pixel = ((b * H + h) * W + w) * C + c
          y[at * C + c]! += share * (isInside(h, w) ? x[pixel]! : 0.5)
          if (isInside(h, w)) dx[pixel]! += share * dy[at * C + c]!
        }
      }
    }
    const sizes = [H, W, C, P, Q, 8, 0, 1] as const
    const forward = (parts: number): Float32Array => {
      const out = bench.output(y.length)
      bench.run('transformForward', [bench.input(x), bench.input(MAPS), out, ...sizes, 0.5], B * P * Q, { parts })
      const result = bench.read(out, y.length)
      bench.reset()
      return result
    }
    expectClose(forward(1), y, { relative: 1e-5, absolute: 1e-6 })
    expectSameBits(forward(3), forward(1))
    const out = bench.output(dx.length)
    bench.run('transformGrad', [bench.input(dy), bench.input(MAPS), out, ...sizes], B)
    expectClose(bench.read(out, dx.length), dx, { relative: 1e-5, absolute: 1e-6 })
    bench.reset()
    expect(y.some((value) => value !== 0)).toBe(true)
  })
})
