/** The table that `summary` prints: Keras's, line for line. */

import type { Layer } from '../layers/layer.ts'
import type { BatchShape } from '../shape.ts'

interface Summed {
  readonly name: string
  readonly layers: readonly Layer[]
  readonly outputShape: BatchShape
}

const POSITIONS = [0.45, 0.8, 1]

/** Columns end at `positions`, as shares of the line or as characters. */
export function summaryLines(model: Summed, lineLength = 65, positions: readonly number[] = POSITIONS): string[] {
  const last = positions.at(-1) ?? 1
  const ends = last <= 1 ? positions.map((share) => Math.floor(lineLength * share)) : positions
  const row = (...cells: string[]): string => {
    let line = ''
    cells.forEach((cell, i) => {
      line = `${line}${cell}`.slice(0, ends[i]! - (i + 1 < cells.length ? 1 : 0)).padEnd(ends[i]!)
    })
    return line.trimEnd()
  }
  const count = (weights: (layer: Layer) => boolean, trained: boolean): number =>
    model.layers.reduce((sum, layer) => {
      const own = layer.weights.filter((weight) => (weights(layer) && weight.trainable) === trained)
      return sum + own.reduce((size, weight) => size + weight.size, 0)
    }, 0)
  const trainable = count((layer) => layer.trainable, true)
  const frozen = count((layer) => layer.trainable, false)
  const thin = '_'.repeat(lineLength)
  const lines = [`Model: "${model.name}"`, thin, row('Layer (type)', 'Output Shape', 'Param #'), '='.repeat(lineLength)]
  model.layers.forEach((layer, i) => {
    if (i > 0) lines.push(thin)
    lines.push(row(`${layer.name} (${layer.className})`, shapeText(layer.outputShape), String(layer.countParams())))
  })
  lines.push('='.repeat(lineLength))
  lines.push(`Total params: ${grouped(trainable + frozen)}`)
  lines.push(`Trainable params: ${grouped(trainable)}`)
  lines.push(`Non-trainable params: ${grouped(frozen)}`)
  lines.push(thin)
  return lines
}

function shapeText(shape: BatchShape): string {
  return `(${shape.map((size) => (size === null ? 'None' : String(size))).join(', ')})`
}

/** 1199882 as 1,199,882 */
function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}
