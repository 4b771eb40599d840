/** Networks that users put together: made of quadlane's layers, and checked by what those say. */

import { type Layer, layers, type Sequential, sequential } from 'quadlane'
import type { LayerSpec } from '../builder/layers.ts'

export interface CheckedLayer {
  /** The shape of what it puts out; undefined where it does not fit. */
  readonly shape?: readonly number[]
  readonly parameters?: number
  /** What is wrong with it. */
  readonly problem?: string
}

export interface CheckedNetwork {
  /** One for each layer, and one for the ten answers. */
  readonly layers: readonly CheckedLayer[]
  readonly parameters: number
}

const INPUT = [28, 28, 1] as const
const kernelInitializer = 'glorotUniform'

/** The layers of a spec: a dense one first puts the maps into a row. */
function made(spec: LayerSpec, isFlat: boolean, first: { inputShape?: readonly number[] }): Layer[] {
  if (spec.type === 'conv') {
    const { filters, size: kernelSize, activation, same } = spec
    const padding = same ? 'same' : 'valid'
    return [layers.conv2d({ filters, kernelSize, activation, padding, kernelInitializer, ...first })]
  }
  if (spec.type === 'pool') {
    const args = { poolSize: spec.size, ...first }
    return [spec.kind === 'max' ? layers.maxPooling2d(args) : layers.averagePooling2d(args)]
  }
  if (spec.type === 'dropout') return [layers.dropout({ rate: spec.percent / 100, ...first })]
  const { units, activation } = spec
  if (isFlat) return [layers.dense({ units, activation, kernelInitializer })]
  return [layers.flatten({ ...first }), layers.dense({ units, activation, kernelInitializer })]
}

interface Built {
  readonly model: Sequential
  readonly checked: CheckedNetwork
}

function build(specs: readonly LayerSpec[], seed: number): Built {
  const model = sequential({ name: 'own', seed })
  const checked: CheckedLayer[] = []
  let isFlat = false
  let isBroken = false
  const add = (more: (first: { inputShape?: readonly number[] }) => Layer[]): void => {
    if (isBroken) {
      checked.push({})
      return
    }
    try {
      const added = more(model.layers.length === 0 ? { inputShape: INPUT } : {})
      for (const layer of added) model.add(layer)
      const parameters = added.reduce((sum, layer) => sum + layer.countParams(), 0)
      checked.push({ shape: model.outputShape.slice(1).map((size) => size ?? 1), parameters })
    } catch (error) {
      isBroken = true
      checked.push({ problem: sentence(error) })
    }
  }
  for (const spec of specs) {
    if (isFlat && (spec.type === 'conv' || spec.type === 'pool')) {
      checked.push(
        isBroken
          ? {}
          : {
              problem:
                'A dense layer has made a row of numbers: there are no maps any more. Move it before the dense layers.',
            },
      )
      isBroken = true
      continue
    }
    add((first) => made(spec, isFlat, first))
    if (spec.type === 'dense') isFlat = true
  }
  add((first) => {
    const answer = layers.dense({ units: 10, activation: 'softmax', kernelInitializer })
    return isFlat ? [answer] : [layers.flatten({ ...first }), answer]
  })
  return { model, checked: { layers: checked, parameters: isBroken ? 0 : model.countParams() } }
}

/** What quadlane says of a layer, without the layer's name: the chip that it stands at says which. */
function sentence(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replace(/^\w+: /, '')
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`
}

export function checkNetwork(specs: readonly LayerSpec[]): CheckedNetwork {
  return build(specs, 0).checked
}

/** @throws Error where a layer does not fit */
export function ownNetwork(specs: readonly LayerSpec[], seed: number): Sequential {
  const { model, checked } = build(specs, seed)
  const problem = checked.layers.find((layer) => layer.problem !== undefined)?.problem
  if (problem !== undefined) throw new Error(problem)
  return model
}
