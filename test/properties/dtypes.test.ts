/**
 * Every public function of tensors on every dtype: integers and bools give what floats of the same values do, or are
 * refused. Arguments are drawn until some make sense.
 */

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { QuadlaneError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { dispose } from '../../src/tensor.ts'
import { expectClose } from '../helpers/compare.ts'
import { type Draft, FUNCTIONS, isDraft, type PublicFunction, sensible, tensorsIn, withTensors } from './calls.ts'

beforeAll(() => init({ simd: 'baseline', threads: 1 }))
afterAll(shutdown)

/** Integers mean something else to these: they are divided and counted as integers, or the dtype itself is the result. */
const OF_ITS_OWN = [
  'div',
  'pow',
  'tensor',
  'unique',
  'cast',
  'logicalNot',
  'mod',
  'floorDiv',
  'denseBincount',
  'bincount',
  'dropout',
  'multinomial',
  'browser.toPixels',
]
/** No arguments of the kind that is drawn make sense to these. */
const OTHERS =
  /^(random|truncated|grad|value|custom|variableGrads|tidy|keep|dispose|fused|browser|buffer|env|engine|enclosing|rand$|enable|disable|getBackend|info|eye|fill|linspace|ones$|zeros$|range|scalar|tensor\d|meshgrid|dropout)/

const argument = fc.array(sensible, { minLength: 1, maxLength: 6 })

const CUT = { float32: (v: number) => v, int32: Math.trunc, bool: (v: number) => Number(v !== 0) }

interface Outcome {
  readonly refused: boolean
  readonly values: number[][]
  /** What the dtype of each makes of a float. */
  readonly cut: ((value: number) => number)[]
}

async function outcome(
  f: PublicFunction,
  args: readonly unknown[],
  dtype: 'float32' | 'int32' | 'bool',
): Promise<Outcome> {
  const given = withTensors(args, dtype)
  try {
    const result = await f(...given)
    const tensors = tensorsIn(result)
    const values = tensors.map((tensor) => Array.from(tensor.dataSync()))
    const cut = tensors.map(({ dtype }) => CUT[dtype])
    dispose(result)
    return { refused: false, values, cut }
  } catch (error) {
    if (error instanceof QuadlaneError) return { refused: true, values: [], cut: [] }
    throw error
  } finally {
    dispose(given)
  }
}

/** The same with 0 and 1 alone. */
function asBits(args: readonly unknown[]): unknown[] {
  return args.map((value): unknown => {
    if (isDraft(value)) return { ...value, values: value.values.map((v) => v % 2) }
    return Array.isArray(value) && value.some(isDraft) ? asBits(value) : value
  })
}

/** Ever more arguments, until they are enough for what is hard to guess. */
function* drawn(name: string): Generator<unknown[]> {
  if (HARD[name] !== undefined) yield HARD[name]
  for (let seed = 1; seed <= 16; seed++) yield* fc.sample(argument, { numRuns: 1500, seed })
}

const hasTensor = (args: readonly unknown[]): boolean =>
  args.some((value) => isDraft(value) || (Array.isArray(value) && value.some(isDraft)))

const draft = (...shape: number[]): Draft => {
  const size = shape.reduce((product, n) => product * n, 1)
  return { shape, values: Array.from({ length: size }, (_, i) => (i * 7 + 1) % 4) }
}
const images = draft(1, 4, 4, 2)

/** Arguments that would be drawn too seldom. */
const HARD: Readonly<Record<string, unknown[]>> = {
  avgPool: [images, 2, 1, 'valid'],
  maxPool: [images, [2, 2], 2, 'same'],
  batchToSpaceND: [
    draft(4, 2, 2, 1),
    [2, 2],
    [
      [0, 1],
      [0, 0],
    ],
  ],
  spaceToBatchND: [
    images,
    [2, 2],
    [
      [0, 0],
      [0, 0],
    ],
  ],
  conv1d: [draft(2, 4, 4), draft(2, 4, 3), 1, 'same'],
  conv2dTranspose: [images, draft(2, 2, 3, 2), [1, 4, 4, 3], 1, 'same'],
  depthwiseConv2d: [images, draft(2, 2, 2, 2), 1, 'same'],
  einsum: ['ij,jk->ik', draft(2, 3), draft(3, 2)],
  'image.cropAndResize': [images, draft(2, 4), [0, 0], [2, 2]],
  'image.grayscaleToRGB': [draft(2, 2, 1)],
  'image.nonMaxSuppression': [draft(3, 4), draft(3), 2],
  'image.nonMaxSuppressionAsync': [draft(3, 4), draft(3), 2],
  'image.nonMaxSuppressionPadded': [draft(3, 4), draft(3), 2],
  'image.nonMaxSuppressionPaddedAsync': [draft(3, 4), draft(3), 2],
  'image.nonMaxSuppressionWithScore': [draft(3, 4), draft(3), 2],
  'image.nonMaxSuppressionWithScoreAsync': [draft(3, 4), draft(3), 2],
  'image.threshold': [draft(2, 3, 1)],
  'image.transform': [images, draft(1, 8)],
  pad3d: [
    draft(2, 2, 2),
    [
      [0, 0],
      [1, 0],
      [0, 1],
    ],
  ],
}

describe.each(FUNCTIONS.filter(([name]) => !OF_ITS_OWN.includes(name) && !OTHERS.test(name)))('%s', (name, f) => {
  it('gives of integers and bools what it gives of floats', async () => {
    let [made, tries] = [0, 0]
    for (const args of drawn(name)) {
      if (made === 12 || (made > 0 && ++tries > 1500)) break
      if (!hasTensor(args)) continue
      const floats = await outcome(f, args, 'float32')
      if (floats.refused || floats.values.every((values) => values.length === 0)) continue
      made++
      const bits = asBits(args)
      for (const [dtype, like, given] of [
        ['int32', floats, args],
        ['bool', await outcome(f, bits, 'float32'), bits],
      ] as const) {
        const other = await outcome(f, given, dtype)
        if (other.refused || like.refused) continue
        other.values.forEach((values, i) => {
          const expected = like.values[i]!.map((value) => other.cut[i]!(value))
          const isEmpty = values.length === 0 || !like.values[i]!.every(Number.isFinite)
          if (!isEmpty) expectClose(values, expected, { relative: 1e-5, absolute: 1e-5 }, `${name} of ${dtype}`)
        })
      }
    }
    expect(made, 'arguments that make sense').toBeGreaterThan(0)
  })
})
