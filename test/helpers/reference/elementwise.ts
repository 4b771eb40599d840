/** Functions of one element in float64. */

/** What float32 rounding of the float64 value gives exactly, by kernel. */
export const EXACT = {
  unarySqrt: Math.sqrt,
  unarySquare: (x: number) => x * x,
  unaryAbs: Math.abs,
  unaryNeg: (x: number) => -x,
  unaryReciprocal: (x: number) => 1 / x,
  unarySign: Math.sign,
  unaryFloor: Math.floor,
  unaryCeil: Math.ceil,
  unaryRound: roundHalfToEven,
} as const

/** What has an error: the reference and the bound in ulp, as the docstrings of assembly/math.ts state it. */
export const INEXACT = {
  unaryExp: { value: Math.exp, ulps: 1 },
  unaryLog: { value: Math.log, ulps: 0.8 },
  unaryLog1p: { value: Math.log1p, ulps: 0.8 },
  unaryExpm1: { value: Math.expm1, ulps: 1.5 },
  unaryRsqrt: { value: (x: number) => 1 / Math.sqrt(x), ulps: 1.5 },
} as const

/** Whole and logical results. */
export const INTEGER = {
  isNan: (x: number) => (Number.isNaN(x) ? 1 : 0),
  castToBool: (x: number) => (x === 0 ? 0 : 1),
  castF32ToI32: (x: number) => (Number.isNaN(x) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x)))),
} as const

/** The nearest whole number, of two equally near the even one. */
export function roundHalfToEven(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  if (!(rest > 0)) return x
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0)
  const result = up ? below + 1 : below
  return result === 0 && x < 0 ? -0 : result
}

export function clip(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high)
}

/** The slope of `clip`, 1 on its borders. */
export function clipSlope(x: number, low: number, high: number): number {
  return x >= low && x <= high ? 1 : 0
}
