/** What exporters write in several nodes for want of an operator, put back into one. */

import type { OnnxModel, OnnxNode } from './onnx.ts'

/** How many factors deep a product is looked into. */
const MAX_DEPTH = 4

/** The model with Gelu and GroupNormalization as nodes of their own. */
export function recomposed(model: OnnxModel): OnnxModel {
  const makers = new Map(model.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  const made = (name: string | undefined, type: string): OnnxNode | undefined => {
    const node = makers.get(name ?? '')
    return node?.type === type ? node : undefined
  }
  const numbers = (name = ''): Float32Array | undefined => {
    const value = model.initializers.get(name) ?? makers.get(name)?.attributes.get('value')
    return typeof value === 'object' && 'dtype' in value ? value.values : undefined
  }
  /** A product as a number and the names of its other factors. */
  const factors = (name: string, depth = 0): [number: number, names: string[]] => {
    const values = numbers(name)
    if (values?.length === 1) return [values[0]!, []]
    const [a = '', b = ''] = makers.get(name)?.inputs ?? []
    const divisor = made(name, 'Div') === undefined ? undefined : numbers(b)
    const isProduct = made(name, 'Mul') !== undefined || divisor?.length === 1
    if (depth === MAX_DEPTH || !isProduct) return [1, [name]]
    const [left, leftNames] = factors(a, depth + 1)
    const [right, rightNames] = divisor === undefined ? factors(b, depth + 1) : [1 / divisor[0]!, []]
    return [left * right, [...leftNames, ...rightNames]]
  }

  /** x / 2 · (1 + erf(x / √2)), the factors in any order. */
  const gelu = (node: OnnxNode): OnnxNode | undefined => {
    const [half, names] = factors(node.outputs[0] ?? '')
    const x = names.find((name, i) => {
      const sum = made(names[1 - i], 'Add')?.inputs ?? []
      const erf = sum.map((each) => made(each, 'Erf')).find((each) => each !== undefined)
      const [scale, [from]] = factors(erf?.inputs[0] ?? '')
      const hasOne = sum.some((each) => numbers(each)?.join() === '1')
      return hasOne && from === name && Math.abs(scale - Math.SQRT1_2) < 1e-5
    })
    const isGelu = x !== undefined && names.length === 2 && Math.abs(half - 0.5) < 1e-5
    return isGelu ? { ...node, type: 'Gelu', inputs: [x], attributes: new Map() } : undefined
  }

  /** Groups as the channels of an instance normalization between two reshapes. */
  const groupNormalization = (node: OnnxNode): OnnxNode | undefined => {
    const instance = made(node.inputs[0], 'InstanceNormalization')
    const [x, target] = made(instance?.inputs[0], 'Reshape')?.inputs ?? []
    const [, groups, rest] = numbers(target) ?? []
    if (x === undefined || rest !== -1 || made(node.inputs[1], 'Shape')?.inputs[0] !== x) return undefined
    const attributes = new Map([...instance!.attributes, ['num_groups', groups!]])
    return { ...node, type: 'GroupNormalization', inputs: [x, ...instance!.inputs.slice(1)], attributes }
  }

  const nodes = model.nodes.map((node) => {
    if (node.type === 'Reshape') return groupNormalization(node) ?? node
    return /^(Mul|Div)$/.test(node.type) ? (gelu(node) ?? node) : node
  })
  // Without those that nobody needs any more.
  const left = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  const needed = new Set<OnnxNode>()
  const pending = model.outputs.map(({ name }) => name)
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = left.get(name)
    if (node === undefined || needed.has(node)) continue
    needed.add(node)
    pending.push(...node.inputs)
  }
  return { ...model, nodes: nodes.filter((node) => needed.has(node)) }
}
