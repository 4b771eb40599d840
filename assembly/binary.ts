/**
 * y = a ∘ b with broadcasting. y is contiguous [d0, d1, d2, d3]; begin..end are its flat elements, so d0 is known by the
 * end. a0..a3 and b0..b3 are the element strides of a and b along the same axes, 0 where an operand is repeated. More
 * than four axes the caller collapses into these. The innermost axis is walked in vectors where its strides are 1 or 0
 * (a row, or one value for the whole row), one by one otherwise; a lane's arithmetic is the same in each case, so the bits
 * are too. Comparisons and logical operations give int32 0 or 1. y may be an operand that is not repeated.
 */

import { powLanes } from './pow'
import { storeLanes } from './simd'

// @ts-ignore: decorator
@inline const ADD: i32 = 0
// @ts-ignore: decorator
@inline const SUB: i32 = 1
// @ts-ignore: decorator
@inline const MUL: i32 = 2
// @ts-ignore: decorator
@inline const DIV: i32 = 3
// @ts-ignore: decorator
@inline const MAXIMUM: i32 = 4
// @ts-ignore: decorator
@inline const MINIMUM: i32 = 5
// @ts-ignore: decorator
@inline const POW: i32 = 6
// @ts-ignore: decorator
@inline const SQUARED_DIFFERENCE: i32 = 7
// @ts-ignore: decorator
@inline const EQUAL: i32 = 8
// @ts-ignore: decorator
@inline const NOT_EQUAL: i32 = 9
// @ts-ignore: decorator
@inline const LESS: i32 = 10
// @ts-ignore: decorator
@inline const LESS_EQUAL: i32 = 11
// @ts-ignore: decorator
@inline const GREATER: i32 = 12
// @ts-ignore: decorator
@inline const GREATER_EQUAL: i32 = 13
// @ts-ignore: decorator
@inline const AND: i32 = 14
// @ts-ignore: decorator
@inline const OR: i32 = 15

/** The operation `kind`, a constant, on four lanes. */
// @ts-ignore: decorator
@inline
function combine(kind: i32, a: v128, b: v128): v128 {
  if (kind == ADD) return f32x4.add(a, b)
  if (kind == SUB) return f32x4.sub(a, b)
  if (kind == MUL) return f32x4.mul(a, b)
  if (kind == DIV) return f32x4.div(a, b)
  if (kind == MAXIMUM) return f32x4.neg(minimum(f32x4.neg(a), f32x4.neg(b)))
  if (kind == MINIMUM) return minimum(a, b)
  if (kind == POW) return powLanes(a, b)
  if (kind == SQUARED_DIFFERENCE) {
    const difference = f32x4.sub(a, b)
    return f32x4.mul(difference, difference)
  }
  return v128.and(test(kind, a, b), i32x4.splat(1))
}

/**
 * The lesser: pmin gives back its first operand where either is NaN or both are zeros, so with the operands both ways
 * and `or` a NaN stays a NaN and −0 is less than 0. As f32x4.min, at half of its instructions.
 */
// @ts-ignore: decorator
@inline
function minimum(a: v128, b: v128): v128 {
  return v128.or(f32x4.pmin(a, b), f32x4.pmin(b, a))
}

/** All bits of a lane set where the comparison or the logical operation `kind` holds. */
// @ts-ignore: decorator
@inline
function test(kind: i32, a: v128, b: v128): v128 {
  if (kind == EQUAL) return f32x4.eq(a, b)
  if (kind == NOT_EQUAL) return f32x4.ne(a, b)
  if (kind == LESS) return f32x4.lt(a, b)
  if (kind == LESS_EQUAL) return f32x4.le(a, b)
  if (kind == GREATER) return f32x4.gt(a, b)
  if (kind == GREATER_EQUAL) return f32x4.ge(a, b)
  const zero = i32x4.splat(0)
  if (kind == AND) return v128.and(i32x4.ne(a, zero), i32x4.ne(b, zero))
  return i32x4.ne(v128.or(a, b), zero)
}

/** `count` elements of the innermost axis, whose strides are `sa` and `sb`. */
// @ts-ignore: decorator
@inline
function row(kind: i32, a: usize, b: usize, y: usize, count: i32, sa: i32, sb: i32): void {
  let pa = a
  let pb = b
  let py = y
  let left = count
  if (sa == 1 && sb == 1) {
    for (; kind != POW && left >= 8; left -= 8, pa += 32, pb += 32, py += 32) {
      v128.store(py, combine(kind, v128.load(pa), v128.load(pb)))
      v128.store(py, combine(kind, v128.load(pa, 16), v128.load(pb, 16)), 16)
    }
    for (; left > 0; left -= 4, pa += 16, pb += 16, py += 16) {
      storeLanes(py, combine(kind, v128.load(pa), v128.load(pb)), left)
    }
  } else if (sa == 1 && sb == 0) {
    const vb = v128.load32_splat(pb)
    for (; left > 0; left -= 4, pa += 16, py += 16) storeLanes(py, combine(kind, v128.load(pa), vb), left)
  } else if (sa == 0 && sb == 1) {
    const va = v128.load32_splat(pa)
    for (; left > 0; left -= 4, pb += 16, py += 16) storeLanes(py, combine(kind, va, v128.load(pb)), left)
  } else if (sa == 0 && sb == 0) {
    const vy = combine(kind, v128.load32_splat(pa), v128.load32_splat(pb))
    for (; left > 0; left -= 4, py += 16) storeLanes(py, vy, left)
  } else {
    for (; left > 0; left--, pa += <usize>sa << 2, pb += <usize>sb << 2, py += 4) {
      v128.store_lane<f32>(py, combine(kind, v128.load32_splat(pa), v128.load32_splat(pb)), 0)
    }
  }
}

/** Goes through the rows of the output that lie in begin..end, the first and the last perhaps in part. */
// @ts-ignore: decorator
@inline
function broadcast(
  kind: i32, a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  if (begin >= end) return
  let i3 = begin % d3
  const rows = begin / d3
  let i2 = rows % d2
  let i1 = rows / d2 % d1
  let i0 = rows / d2 / d1
  for (let i = begin; i < end; ) {
    const count = min(d3 - i3, end - i)
    const pa = a + (<usize>(i0 * a0 + i1 * a1 + i2 * a2 + i3 * a3) << 2)
    const pb = b + (<usize>(i0 * b0 + i1 * b1 + i2 * b2 + i3 * b3) << 2)
    row(kind, pa, pb, y + (<usize>i << 2), count, a3, b3)
    i += count
    i3 = 0
    if (++i2 == d2) {
      i2 = 0
      if (++i1 == d1) {
        i1 = 0
        i0++
      }
    }
  }
}

/** y = a + b. */
export function binaryAdd(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(ADD, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y = a − b. */
export function binarySub(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(SUB, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y = a · b. */
export function binaryMul(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(MUL, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y = a / b. */
export function binaryDiv(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(DIV, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y = the greater; NaN where either is. */
export function binaryMaximum(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(MAXIMUM, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y = the lesser; NaN where either is. */
export function binaryMinimum(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(MINIMUM, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y = aᵇ; see pow32 for the special cases. */
export function binaryPow(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(POW, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y = (a − b)². */
export function binarySquaredDifference(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(SQUARED_DIFFERENCE, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y (int32) = a = b; NaN equals nothing. */
export function compareEqual(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(EQUAL, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y (int32) = a ≠ b; 1 where either is NaN. */
export function compareNotEqual(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(NOT_EQUAL, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y (int32) = a < b. */
export function compareLess(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(LESS, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y (int32) = a ≤ b. */
export function compareLessEqual(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(LESS_EQUAL, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y (int32) = a > b. */
export function compareGreater(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(GREATER, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y (int32) = a ≥ b. */
export function compareGreaterEqual(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(GREATER_EQUAL, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y = a ≠ 0 and b ≠ 0; all int32. */
export function logicalAnd(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(AND, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y = a ≠ 0 or b ≠ 0; all int32. */
export function logicalOr(
  a: usize, b: usize, y: usize, d1: i32, d2: i32, d3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, begin: i32, end: i32,
): void {
  broadcast(OR, a, b, y, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end)
}

/** y = condition (int32) ≠ 0 ? a : b, all of one shape; begin..end are elements. */
export function select(condition: usize, a: usize, b: usize, y: usize, begin: i32, end: i32): void {
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2
    const no = i32x4.eq(v128.load(condition + at), i32x4.splat(0))
    storeLanes(y + at, v128.bitselect(v128.load(b + at), v128.load(a + at), no), end - i)
  }
}

/** y += x; begin..end are elements. */
export function addInto(x: usize, y: usize, begin: i32, end: i32): void {
  row(ADD, y + (<usize>begin << 2), x + (<usize>begin << 2), y + (<usize>begin << 2), end - begin, 1, 1)
}
