/** Every public function of tensors, out of the exports, and arguments for them: sensible ones, and what people pass. */

import fc from 'fast-check'
import * as absent from '../../src/api/absent.ts'
import * as exports from '../../src/exports.ts'
import { makeTensor, Tensor } from '../../src/tensor.ts'

export type PublicFunction = (...args: unknown[]) => unknown

/** Not functions of tensors: what starts, loads or makes models, and what waits for the page. */
const APART = [
  'init',
  'shutdown',
  'loadLayersModel',
  'loadModel',
  'sequential',
  'model',
  'input',
  'nextFrame',
  'ready',
  'setBackend',
  'setSeed',
  'profile',
  'time',
  'print',
  'memory',
  'info',
  'env',
  'engine',
]
const NAMESPACES = ['browser', 'fused', 'image'] as const

/** Names of TF.js alone, which say what to use instead. */
const ABSENT = new Set<unknown>(Object.values(absent))

/** By name, `image.resizeBilinear` too. A new op is among them by itself. */
export const FUNCTIONS: readonly [name: string, f: PublicFunction][] = [
  ...functionsOf('', exports),
  ...NAMESPACES.flatMap((name) => functionsOf(`${name}.`, exports[name])),
].filter(([name, f]) => !APART.includes(name) && !ABSENT.has(f))

function functionsOf(prefix: string, module: object): [string, PublicFunction][] {
  return Object.entries(module).flatMap(([name, value]): [string, PublicFunction][] =>
    typeof value === 'function' && /^[a-z]/.test(name) ? [[prefix + name, value as PublicFunction]] : [],
  )
}

/** A tensor to be made: small whole numbers, which all dtypes but bool hold. */
export interface Draft {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

export function isDraft(value: unknown): value is Draft {
  return typeof value === 'object' && value !== null && 'values' in value && 'shape' in value
}

/** Shapes that fit each other often. */
const SHAPES = [
  [],
  [2],
  [4],
  [2, 2],
  [4, 4],
  [2, 4, 4],
  [1, 4, 4, 2],
  [1, 4, 4, 3],
  [2, 2, 2, 2],
  [1, 1, 4, 2],
  [0],
  [2, 0],
]

const draft: fc.Arbitrary<Draft> = fc.constantFrom(...SHAPES).chain((shape) => {
  const size = shape.reduce((product, n) => product * n, 1)
  return fc.record({
    shape: fc.constant(shape),
    values: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: size, maxLength: size }),
  })
})

/** Arguments that make sense somewhere. */
export const sensible: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: draft },
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 2, 4, -1, 0.5) },
  { weight: 2, arbitrary: fc.constantFrom([2, 2], [1, 1], [4, 4], [0, 0], [1, 2], [1, 4, 4, 2], [4]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      [
        [0, 0],
        [1, 1],
      ],
      [[1, 1]],
      [
        [0, 1],
        [0, 1],
      ],
      [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'valid',
      'same',
      'NHWC',
      'int32',
      'float32',
      'bool',
      'reflect',
      'avg',
      'max',
      'ij,jk->ik',
    ),
  },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 2, arbitrary: fc.constantFrom(null, undefined) },
  { weight: 1, arbitrary: fc.array(draft, { minLength: 1, maxLength: 2 }) },
)

const ring: unknown[] = []
ring.push(ring)

/** Stands for a tensor that has been disposed. */
const DISPOSED = Symbol('disposed')

/** What people pass by mistake. */
const mistaken: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    Number.NaN,
    Infinity,
    -1,
    1e10,
    2 ** 33 + 2,
    -(2 ** 31) - 1,
    1.5,
    '',
    'x',
    true,
    {},
    [],
    [[]],
    [null],
  ),
  fc.constantFrom<unknown>(
    DISPOSED,
    Symbol('s'),
    1n,
    ring,
    [[1], 2],
    new Array(3),
    ['1'],
    [Symbol('s')],
    [Number.NaN],
    [2 ** 33],
    [-1, -1],
    new Map(),
    new Date(0),
  ),
  fc.constantFrom<unknown>(
    new Uint8Array(4),
    new BigInt64Array(2),
    new DataView(new ArrayBuffer(8)),
    new Float64Array(4),
    Object.create(null),
    () => 1,
    [[0, 0, 0]],
  ),
  fc.constantFrom<unknown>({ shape: [2], rank: 1 }, { length: 2 }, { pad: 'x' }, [1, [2]], 'constructor', '__proto__'),
)

/** A list of arguments in which some are mistakes. */
export const hostile: fc.Arbitrary<unknown[]> = fc.array(
  fc.oneof({ weight: 2, arbitrary: sensible }, { weight: 1, arbitrary: mistaken }),
  { maxLength: 8 },
)

/** The arguments with tensors in the place of drafts. */
export function withTensors(args: readonly unknown[], dtype: 'float32' | 'int32' | 'bool'): unknown[] {
  return args.map((value): unknown => {
    if (value === DISPOSED) {
      const gone = makeTensor('test', [1, 2])
      gone.dispose()
      return gone
    }
    if (isDraft(value)) return makeTensor('test', [...value.values], [...value.shape], dtype)
    return Array.isArray(value) && value.some(isDraft) ? withTensors(value, dtype) : value
  })
}

/** The tensors within a result, in their order. */
export function tensorsIn(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result]
  if (typeof result !== 'object' || result === null || ArrayBuffer.isView(result)) return []
  return Object.values(result).flatMap(tensorsIn)
}
