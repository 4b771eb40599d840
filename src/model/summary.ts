/** The table that `summary` prints: Keras's, line for line. */

import type { Graph } from '../graph/graph.ts'
import { type Layer, type Shapes, shapeList } from '../layers/layer.ts'
import type { GraphNode } from '../layers/symbolic.ts'
import type { BatchShape } from '../shape.ts'

interface Summed {
  readonly name: string
  readonly layers: readonly Layer[]
  readonly graph: Graph
}

const POSITIONS = [0.45, 0.8, 1]
const GRAPH_POSITIONS = [0.33, 0.58, 0.69, 1]

/** Columns end at `positions`, as shares of the line or as characters. */
export function summaryLines(model: Summed, length?: number | null, columns?: readonly number[] | null): string[] {
  const isRow = model.graph.steps.every(({ inputs }, i) => inputs.length === 1 && inputs[0] === i)
  const lineLength = length ?? (isRow ? 65 : 98)
  const positions = columns ?? (isRow ? POSITIONS : GRAPH_POSITIONS)
  const last = positions.at(-1) ?? 1
  const ends = last <= 1 ? positions.map((share) => Math.floor(lineLength * share)) : positions
  const row = (...cells: string[]): string => {
    let line = ''
    cells.forEach((cell, i) => {
      line = `${line}${cell}`.slice(0, ends[i]! - (i + 1 < cells.length ? 1 : 0)).padEnd(ends[i]!)
    })
    return line.trimEnd()
  }
  const weights = model.layers.flatMap((layer) => layer.weights)
  const count = (trained: boolean): number =>
    weights.filter((weight) => weight.trainable === trained).reduce((size, weight) => size + weight.size, 0)
  const [trainable, frozen] = [count(true), count(false)]
  const thin = '_'.repeat(lineLength)
  const titles = ['Layer (type)', 'Output Shape', 'Param #', ...(isRow ? [] : ['Connected to'])]
  const lines = [`Model: "${model.name}"`, thin, row(...titles), '='.repeat(lineLength)]
  model.layers.forEach((layer, i) => {
    if (i > 0) lines.push(thin)
    const cells = [`${layer.name} (${layer.className})`, shapeText(layer.outputShape), String(layer.countParams())]
    const [first = '', ...more] = isRow ? [] : sourcesOf(model.graph, layer)
    lines.push(row(...cells, ...(isRow ? [] : [first])))
    for (const source of more) lines.push(row('', '', '', source))
  })
  lines.push('='.repeat(lineLength))
  lines.push(`Total params: ${grouped(trainable + frozen)}`)
  lines.push(`Trainable params: ${grouped(trainable)}`)
  lines.push(`Non-trainable params: ${grouped(frozen)}`)
  lines.push(thin)
  return lines
}

/** What goes into a layer: 'conv2d[0][0]', the layer with the node and the output that it is. */
function sourcesOf(graph: Graph, layer: Layer): string[] {
  const nodes = (of: Layer): readonly GraphNode[] =>
    graph.steps.filter((step) => step.layer === of).map(({ node }) => node)
  return nodes(layer).flatMap(({ inputs }) =>
    inputs.map(({ node, index }) => `${node.layer.name}[${Math.max(0, nodes(node.layer).indexOf(node))}][${index}]`),
  )
}

function shapeText(shapes: Shapes): string {
  return shapeList(shapes).map(oneShape).join(', ')
}

function oneShape(shape: BatchShape): string {
  return `(${shape.map((size) => (size === null ? 'None' : String(size))).join(', ')})`
}

/** 1199882 as 1,199,882 */
function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}
