/**
 * Packs the right-hand operand of a product into panels of NR columns, the order in which the tiles read it:
 *
 *     B, K × N           packed, NR = 4 drawn for brevity
 *     a b c d e f        [ a b c d        panel 0, row k = 0
 *     g h i j k l          g h i j ]                   k = 1
 *                        [ e f 0 0        panel 1: the last one is filled up with zeros
 *                          k l 0 0 ]
 *
 * so packed[panel][k][j] = B[k, panel·NR + j], with ceil(N / NR) · K · NR elements in all. Every kernel here packs the
 * panels begin..end.
 */

import { NR, PACK_BLOCK } from './config'
import { keepLanes } from './simd'

/** b[K, N], rows of ldb elements. In blocks of rows, so that the half line a panel leaves is there for the next. */
export function packB(b: usize, packed: usize, K: i32, N: i32, ldb: i32, begin: i32, end: i32): void {
  const step = <usize>ldb << 2
  for (let k0 = 0; k0 < K; k0 += PACK_BLOCK) {
    const depth = K - k0 < PACK_BLOCK ? K - k0 : PACK_BLOCK
    for (let panel = begin; panel < end; panel++) {
      const cols = N - panel * NR
      let from = b + <usize>k0 * step + (<usize>(panel * NR) << 2)
      let to = packed + ((<usize>panel * <usize>K + <usize>k0) * NR << 2)
      const toEnd = to + (<usize>(depth * NR) << 2)
      if (cols >= NR) {
        for (; to < toEnd; to += NR << 2, from += step) {
          v128.store(to, v128.load(from))
          v128.store(to, v128.load(from, 16), 16)
          if (NR == 16) {
            v128.store(to, v128.load(from, 32), 32)
            v128.store(to, v128.load(from, 48), 48)
          }
        }
      } else {
        for (; to < toEnd; to += NR << 2, from += step) {
          v128.store(to, keepLanes(v128.load(from), cols))
          v128.store(to, keepLanes(v128.load(from, 16), cols - 4), 16)
          if (NR == 16) {
            v128.store(to, keepLanes(v128.load(from, 32), cols - 8), 32)
            v128.store(to, keepLanes(v128.load(from, 48), cols - 12), 48)
          }
        }
      }
    }
  }
}

/** B = bᵀ: b[N, K], rows of ldb elements. */
export function packBTransposed(b: usize, packed: usize, K: i32, N: i32, ldb: i32, begin: i32, end: i32): void {
  for (let panel = begin; panel < end; panel++) {
    const n = panel * NR
    const to = packed + (<usize>panel * <usize>K * NR << 2)
    packRows(b + (<usize>n * <usize>ldb << 2), to, K, N - n, ldb)
  }
}

/**
 * The filter for the gradient of a convolution's input: for each of its R rows the transpose of the N × F matrix
 * w[r, (s, c), f], N = S · C, in panels; w[R, N, ldw]. begin..end are all R · ⌈N / NR⌉ panels.
 */
export function packFilterTransposed(
  w: usize, packed: usize, N: i32, F: i32, ldw: i32, begin: i32, end: i32,
): void {
  const panels = (N + NR - 1) / NR
  for (let panel = begin; panel < end; panel++) {
    const r = panel / panels
    const n = (panel - r * panels) * NR
    const from = w + (<usize>(r * N + n) * <usize>ldw << 2)
    packRows(from, packed + (<usize>panel * <usize>F * NR << 2), F, N - n, ldw)
  }
}

/** One panel from `count` rows of K elements, which become its columns; 4 × 4 blocks are transposed in registers. */
function packRows(from: usize, to: usize, K: i32, count: i32, ld: i32): void {
  const step = <usize>ld << 2
  for (let quarter = 0; quarter < NR; quarter += 4) {
    packFourRows(from + <usize>quarter * step, to + (<usize>quarter << 2), K, count - quarter, step)
  }
}

// @ts-ignore: decorator
@inline
function packFourRows(from: usize, to: usize, K: i32, count: i32, step: usize): void {
  // A row that does not exist is read from the last one that does, or not at all, and its column set to zero.
  if (count <= 0) {
    const zero = f32x4.splat(0)
    for (let k = 0; k < K; k++) v128.store(to + (<usize>(k * NR) << 2), zero)
    return
  }
  let row0 = from
  let row1 = count > 1 ? row0 + step : row0
  let row2 = count > 2 ? row1 + step : row1
  let row3 = count > 3 ? row2 + step : row2
  for (let k = 0; k < K; k += 4) {
    const v0 = v128.load(row0), v1 = v128.load(row1), v2 = v128.load(row2), v3 = v128.load(row3)
    const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7)
    const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7)
    v128.store(to, keepLanes(v128.shuffle<f32>(low01, low23, 0, 1, 4, 5), count))
    if (k + 1 < K) v128.store(to + (NR << 2), keepLanes(v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), count))
    if (k + 2 < K) v128.store(to + (2 * NR << 2), keepLanes(v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), count))
    if (k + 3 < K) v128.store(to + (3 * NR << 2), keepLanes(v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), count))
    row0 += 16
    row1 += 16
    row2 += 16
    row3 += 16
    to += 4 * NR << 2
  }
}
