/** Products that are a matrix product after some turning: of vectors, and by Einstein's notation. */

import { ArgumentError, checkInteger, ShapeError, show, showShape } from '../errors.ts'
import { sizeOf } from '../shape.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { chained } from './chained.ts'
import { reshape, transpose } from './layout.ts'
import { matMul } from './matmul.ts'
import { withPair, withTensor } from './operands.ts'
import { sum } from './sum.ts'

/**
 * The product of vectors or matrices: [K] · [K] is a scalar, [M, K] · [K] a vector, [M, K] · [K, N] a matrix.
 * @param t1 a vector or matrix
 * @param t2 likewise
 * @throws ShapeError where the inner sizes differ
 * @example
 * dot([1, 2, 3], [4, 5, 6]).print() // 32
 */
export const dot = /* @__PURE__ */ chained('dot', (t1: TensorLike, t2: TensorLike): Tensor => {
  const who = 'dot'
  return withPair(who, t1, t2, ($1, $2) => {
    if (![1, 2].includes($1.rank) || ![1, 2].includes($2.rank) || $1.shape[$1.rank - 1] !== $2.shape[0]) {
      const received = `${showShape($1.shape)} and ${showShape($2.shape)}`
      throw new ShapeError({ who, expected: 'vectors or matrices of one inner size', received })
    }
    const [rows, columns] = [$1.shape.slice(0, -1), $2.shape.slice(1)]
    const K = $2.shape[0]!
    return tidy(() =>
      reshape(matMul(reshape($1, [sizeOf(rows), K]), reshape($2, [K, sizeOf(columns)])), [...rows, ...columns]),
    )
  })
})

/**
 * Each element of one vector times each of the other: [M] and [N] -> [M, N].
 * @param v1 [M]
 * @param v2 [N]
 * @example
 * outerProduct([1, 2], [3, 4, 5]).print() // [[3, 4, 5], [6, 8, 10]]
 */
export function outerProduct(v1: TensorLike, v2: TensorLike): Tensor {
  const who = 'outerProduct'
  return withPair(who, v1, v2, ($1, $2) => {
    if ($1.rank !== 1 || $2.rank !== 1) {
      throw new ShapeError({
        who,
        expected: 'two vectors',
        received: `${showShape($1.shape)} and ${showShape($2.shape)}`,
      })
    }
    return tidy(() => matMul(reshape($1, [$1.size, 1]), reshape($2, [1, $2.size])))
  })
}

/**
 * Einstein's summation over one or two tensors: 'ij,jk->ik' is the matrix product, 'ij->ji' transposes, 'bij,bij->b' sums
 * the products of each item. A letter stands for an axis, the same in both; letters that are not on the right are summed
 * over. A letter twice in one tensor and '...' are refused.
 * @param equation letters for the axes of each tensor, '->' and the axes of the result
 * @param tensors one or two
 * @throws ArgumentError for an equation that does not fit the tensors
 * @example
 * einsum('ij,jk->ik', tensor([[1, 2]]), tensor([[3], [4]])).print() // [[11]]
 */
export function einsum(equation: string, ...tensors: readonly TensorLike[]): Tensor {
  const who = 'einsum'
  const { inputs, output } = parseEquation(who, equation)
  checkInteger(who, 'the number of tensors', tensors.length, inputs.length, inputs.length)
  const [first, second] = inputs as [string, string | undefined]
  if (second === undefined) return withTensor(who, 'tensors[0]', tensors[0]!, (x) => ofOne(who, x, first, output))
  return withPair(who, tensors[0]!, tensors[1]!, (a, b) => ofTwo(who, a, first, b, second, output))
}

function parseEquation(who: string, equation: unknown): { inputs: string[]; output: string } {
  const match =
    typeof equation === 'string'
      ? /^([a-zA-Z]*)(?:,([a-zA-Z]*))?->([a-zA-Z]*)$/.exec(equation.replace(/\s/g, ''))
      : null
  const inputs = match === null ? [] : [match[1]!, match[2]].filter((labels): labels is string => labels !== undefined)
  const output = match?.[3] ?? ''
  const isEachOnce = [...inputs, output].every((labels) => new Set(labels).size === labels.length)
  if (match !== null && isEachOnce && [...output].every((label) => inputs.join('').includes(label)))
    return { inputs, output }
  const expected = "an equation such as 'ij,jk->ik' for one or two tensors, each letter once in each"
  throw new ArgumentError({ who, expected, received: show(equation) })
}

function checkLabels(who: string, x: Tensor, labels: string): void {
  if (x.rank === labels.length) return
  throw new ShapeError({
    who,
    expected: `a tensor of rank ${labels.length} for '${labels}'`,
    received: showShape(x.shape),
  })
}

/** x with the axes of `from` in the order of `to`; what is not there is summed over. */
function ofOne(who: string, x: Tensor, from: string, to: string): Tensor {
  checkLabels(who, x, from)
  return tidy(() => {
    const left = [...from].filter((label) => to.includes(label))
    const gone = [...from].flatMap((label, axis) => (to.includes(label) ? [] : [axis]))
    const summed = gone.length === 0 ? x : sum(x, gone)
    return transpose(
      summed,
      [...to].map((label) => left.indexOf(label)),
    )
  })
}

function ofTwo(who: string, a: Tensor, aLabels: string, b: Tensor, bLabels: string, output: string): Tensor {
  checkLabels(who, a, aLabels)
  checkLabels(who, b, bLabels)
  const sizes = new Map([...aLabels].map((label, axis) => [label, a.shape[axis]!]))
  for (const [axis, label] of [...bLabels].entries()) {
    const size = sizes.get(label) ?? b.shape[axis]!
    if (size !== b.shape[axis]) {
      throw new ShapeError({ who, expected: `size ${size} along '${label}'`, received: String(b.shape[axis]) })
    }
    sizes.set(label, size)
  }
  const shared = [...aLabels].filter((label) => bLabels.includes(label))
  const batch = shared.filter((label) => output.includes(label))
  const inner = shared.filter((label) => !output.includes(label))
  const rows = [...aLabels].filter((label) => !bLabels.includes(label) && output.includes(label))
  const columns = [...bLabels].filter((label) => !aLabels.includes(label) && output.includes(label))
  const shapeOf = (labels: readonly string[]): number[] => labels.map((label) => sizes.get(label)!)
  return tidy(() => {
    const [B, M, K, N] = [batch, rows, inner, columns].map((labels) => sizeOf(shapeOf(labels))) as [
      number,
      number,
      number,
      number,
    ]
    const left = reshape(ofOne(who, a, aLabels, [...batch, ...rows, ...inner].join('')), [B, M, K])
    const right = reshape(ofOne(who, b, bLabels, [...batch, ...inner, ...columns].join('')), [B, K, N])
    const product = [...batch, ...rows, ...columns]
    return ofOne(who, reshape(matMul(left, right), shapeOf(product)), product.join(''), output)
  })
}
