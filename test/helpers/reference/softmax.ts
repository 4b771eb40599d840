/** Softmax over the rows of a matrix, its logarithm and cross-entropy, and their gradients, in float64. */

type Values = ArrayLike<number>

function rowsOf(x: Values, cols: number): number[][] {
  return Array.from({ length: x.length / cols }, (_, r) => Array.from({ length: cols }, (_, c) => x[r * cols + c]!))
}

function byRow(x: Values, cols: number, f: (row: number[], index: number) => number[]): Float64Array {
  return Float64Array.from(rowsOf(x, cols).flatMap(f))
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/** log Σ exp(x), without overflow. */
function logSumExp(x: readonly number[]): number {
  const top = Math.max(...x)
  return top + Math.log(total(x.map((value) => Math.exp(value - top))))
}

export function softmax(x: Values, cols: number): Float64Array {
  return byRow(x, cols, (row) => row.map((value) => Math.exp(value - logSumExp(row))))
}

/** dx = y · (dy − Σ dy · y). */
export function softmaxGrad(dy: Values, y: Values, cols: number): Float64Array {
  return byRow(y, cols, (row, r) => {
    const dot = total(row.map((value, c) => value * dy[r * cols + c]!))
    return row.map((value, c) => value * (dy[r * cols + c]! - dot))
  })
}

export function logSoftmax(x: Values, cols: number): Float64Array {
  return byRow(x, cols, (row) => row.map((value) => value - logSumExp(row)))
}

/** dx = dy − exp(y) · Σ dy. */
export function logSoftmaxGrad(dy: Values, y: Values, cols: number): Float64Array {
  return byRow(dy, cols, (row, r) => row.map((value, c) => value - Math.exp(y[r * cols + c]!) * total(row)))
}

/** Σ labels · (log Σ exp(logits) − logits) of each row; a label 0 counts nothing, whatever its logit. */
export function crossEntropy(logits: Values, labels: Values, cols: number): Float64Array {
  return byRow(logits, cols, (row, r) => {
    const rest = logSumExp(row)
    const terms = row.map((logit, c) =>
      labels[r * cols + c] === 0 ? 0 * rest : labels[r * cols + c]! * (rest - logit),
    )
    return [total(terms)]
  })
}

/** dloss · (softmax(logits) · Σ labels − labels). */
export function crossEntropyGrad(probs: Values, labels: Values, dloss: Values, cols: number): Float64Array {
  return byRow(labels, cols, (row, r) => row.map((label, c) => dloss[r]! * (probs[r * cols + c]! * total(row) - label)))
}
