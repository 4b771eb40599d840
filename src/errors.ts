/**
 * The errors that quadlane throws. Each names who refused, what was expected, what came and, where there is one, the
 * mend: `conv2d_1: expected input [*, 28, 28, 1], received [32, 28, 28] — add a channel axis`. The text is made here
 * and nowhere else; the parts stay readable as fields.
 */

/** The parts that an error's text is made of. */
export interface ErrorParts {
  /** Who refused: an op (`matMul`), a layer by its name (`conv2d_1`), a function (`fit`) or a file's path. */
  readonly who: string
  /** What was expected, as it follows the word "expected". */
  readonly expected: string
  /** What came, as it follows the word "received". */
  readonly received: string
  /** How to mend it: an imperative sentence without a full stop. */
  readonly hint?: string | undefined
}

/** The base of every error that quadlane throws on purpose: `catch (e) { if (e instanceof QuadlaneError) … }`. */
export class QuadlaneError extends Error {
  override name = 'QuadlaneError'
  /** What complains: a function and its argument, a layer by its name, a file. */
  readonly who: string
  /** What would have been right. */
  readonly expected: string
  /** What came. */
  readonly received: string
  /** How to mend it, where that is known. */
  readonly hint: string | undefined

  constructor(parts: ErrorParts, options?: ErrorOptions) {
    super(errorText(parts), options)
    this.who = parts.who
    this.expected = parts.expected
    this.received = parts.received
    this.hint = parts.hint
  }
}

/** Shapes, ranks or lengths that do not fit each other. */
export class ShapeError extends QuadlaneError {
  override name = 'ShapeError'
}

/** An argument of the wrong type or out of its range, a misspelt option, an unknown name. */
export class ArgumentError extends QuadlaneError {
  override name = 'ArgumentError'
}

/** Something done at the wrong time: a disposed tensor read, `fit` before `compile`, an op before `init`. */
export class StateError extends QuadlaneError {
  override name = 'StateError'
}

/** A file or a byte stream that is not what it claims to be. */
export class FormatError extends QuadlaneError {
  override name = 'FormatError'
}

/** A file that cannot be read or written, a download that fails. */
export class InputOutputError extends QuadlaneError {
  override name = 'InputOutputError'
}

/** The WebAssembly memory cannot grow as far as an operation needs; weights and tensors are intact. */
export class OutOfMemoryError extends QuadlaneError {
  override name = 'OutOfMemoryError'
}

/** A kernel trapped, or wrote where it must not: a fault of quadlane, or of whoever calls its kernels. */
export class KernelError extends QuadlaneError {
  override name = 'KernelError'
}

/** The engine lacks what quadlane needs (WebAssembly SIMD), or what was asked for by name. */
export class RuntimeUnavailableError extends QuadlaneError {
  override name = 'RuntimeUnavailableError'
}

/** For an engine that compiles no WebAssembly at all, as one does whose page forbids it. */
export function compilationRefused(cause: unknown): RuntimeUnavailableError {
  const received = cause instanceof Error ? cause.message : String(cause)
  const hint = "does the page's script-src have 'wasm-unsafe-eval'?"
  return new RuntimeUnavailableError({ who: 'init', expected: 'to compile WebAssembly', received, hint }, { cause })
}

function errorText({ who, expected, received, hint }: ErrorParts): string {
  return `${who}: expected ${expected}, received ${received}${hint === undefined ? '' : ` — ${hint}`}`
}

/** A value as error texts show it: strings quoted, arrays as shapes, long things cut. */
export function show(value: unknown, depth = 0): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}…` : value}'`
  if (typeof value === 'number' && Object.is(value, -0)) return '-0'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  if (Array.isArray(value)) {
    // Arrays may be as deep as they like, and contain themselves.
    if (depth > 3) return '[…]'
    const items = value.slice(0, 8).map((item) => show(item, depth + 1))
    return `[${items.join(', ')}${value.length > 8 ? ', …' : ''}]`
  }
  if (ArrayBuffer.isView(value)) {
    const length = 'length' in value ? Number(value.length) : value.byteLength
    return `${value.constructor?.name ?? 'a view'}(${length})`
  }
  if (typeof value === 'object' && value !== null) {
    const name = value.constructor?.name
    return name === undefined || name === 'Object' ? `{${Object.keys(value).slice(0, 8).join(', ')}}` : `a ${name}`
  }
  return String(value)
}

/** A shape as error texts show it: `[*, 28, 28, 1]`, with `*` where any size is allowed. */
export function showShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => (size === null ? '*' : String(size))).join(', ')}]`
}

/** `relu, tanh or sigmoid` */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('')
  return `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`
}

/** Throws unless `value` is an integer of at least `min` (and at most `max`). */
export function checkInteger(
  who: string,
  argument: string,
  value: unknown,
  min = 0,
  max: number = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return
  const range = max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`
  throw new ArgumentError({ who, expected: `${argument} to be ${range}`, received: show(value) })
}

/** Throws where a flag is given that is no boolean. */
export function checkBooleans(who: string, flags: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined || value === null || typeof value === 'boolean') continue
    throw new ArgumentError({ who, expected: `${name} to be a boolean`, received: show(value) })
  }
}

/** A range of numbers; a bound is inclusive unless it is named `above` or `below`. */
export interface NumberRange {
  readonly min?: number
  readonly above?: number
  readonly max?: number
  readonly below?: number
}

/** Throws unless `value` is a finite number within `range`. */
export function checkNumber(
  who: string,
  argument: string,
  value: unknown,
  range: NumberRange = {},
): asserts value is number {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = range
  const { above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = range
  if (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value >= min &&
    value <= max &&
    value > above &&
    value < below
  )
    return
  const bounds = [
    range.min !== undefined ? `of at least ${range.min}` : range.above !== undefined ? `above ${range.above}` : '',
    range.max !== undefined ? `at most ${range.max}` : range.below !== undefined ? `below ${range.below}` : '',
  ].filter((bound) => bound !== '')
  const expected = bounds.length === 0 ? 'a finite number' : `a finite number ${bounds.join(' and ')}`
  throw new ArgumentError({ who, expected: `${argument} to be ${expected}`, received: show(value) })
}

/** Throws unless `value` is one of `names`. */
export function checkOneOf<const Name extends string>(
  who: string,
  argument: string,
  value: unknown,
  names: readonly Name[],
): asserts value is Name {
  if (typeof value === 'string' && (names as readonly string[]).includes(value)) return
  throw new ArgumentError({
    who,
    expected: `${argument} to be one of ${names.join(', ')}`,
    received: show(value),
    hint: typeof value === 'string' ? nearest(value, names) : undefined,
  })
}

/** Throws when `options` has a key that is not in `known`: a misspelt option must not pass unnoticed. */
export function checkOptions(who: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentError({ who, expected: 'an options object', received: show(options) })
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    throw new ArgumentError({
      who,
      expected: `only the options ${known.join(', ')}`,
      received: `'${key}'`,
      hint: nearest(key, known),
    })
  }
}

/** A "did you mean" for a misspelt name, or nothing where no name is near. */
function nearest(given: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(given.length / 3)) + 1
  for (const name of names) {
    const distance = editDistance(given.toLowerCase(), name.toLowerCase())
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best === undefined ? undefined : `did you mean '${best}'?`
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost one. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let cost = Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    before = previous
    previous = row
  }
  return previous[b.length] ?? 0
}
