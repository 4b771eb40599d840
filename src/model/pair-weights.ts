/**
 * Which tensor of a file is which weight of a model: by the place of its layer where the file tells that, else by name,
 * else by the order of layers and weights. What fits nowhere is refused, never left to chance.
 */

import { FormatError, show, showShape } from '../errors.ts'
import type { DescribedWeight } from '../formats/model-description.ts'
import type { Layer } from '../layers/layer.ts'
import type { Weight } from '../layers/weight.ts'
import type { LayersModel } from './model.ts'

/** Names that versions of Keras have for the same weight. */
const ALIASES: readonly (readonly string[])[] = [
  ['depthwise_kernel', 'kernel'],
  ['moving_variance', 'moving_var', 'running_std', 'variance'],
  ['moving_mean', 'running_mean', 'mean'],
]

export interface WeightPairs {
  readonly pairs: readonly (readonly [weight: Weight, from: DescribedWeight])[]
  /** Sentences on what was paired otherwise than by name, or not at all. */
  readonly notes: readonly string[]
}

/** A layer that is no model, and where it is among models within models. */
export interface Leaf {
  readonly path: readonly string[]
  readonly layer: Layer
}

/**
 * @param strict whether each tensor must have a weight, and each weight a tensor
 * @throws FormatError naming tensor and layer
 */
export function pairWeights(
  file: string,
  model: LayersModel,
  described: readonly DescribedWeight[],
  strict = true,
): WeightPairs {
  const placed = described.filter(({ layer, whole }) => layer !== undefined && !whole)
  const named = described.filter((from) => !placed.includes(from))
  const pair = (names: boolean): WeightPairs => {
    const pairing = new Pairing(file, model)
    pairing.byPlace(placed)
    pairing.byOrder(names ? pairing.byName(named) : named)
    return pairing.finish(described, strict || !names)
  }
  try {
    return pair(true)
  } catch (error) {
    // Names that count layers may begin at another number: dense_1 is the second here, and the first there.
    try {
      return pair(false)
    } catch {
      throw error
    }
  }
}

class Pairing {
  readonly #file: string
  readonly #leaves: readonly Leaf[]
  readonly #weights: readonly Weight[]
  readonly #modelName: string
  readonly #found = new Map<Weight, DescribedWeight>()
  readonly #used = new Set<DescribedWeight>()
  readonly #notes: string[] = []

  constructor(file: string, model: LayersModel) {
    this.#file = file
    this.#leaves = leavesOf(model.layers, [])
    this.#weights = model.weights
    this.#modelName = model.name
  }

  #who(from: DescribedWeight): string {
    return `${this.#file}, tensor ${show(from.name)}${from.offset === undefined ? '' : ` at offset ${from.offset}`}`
  }

  #take(weight: Weight, from: DescribedWeight): void {
    const who = this.#who(from)
    if (this.#found.has(weight)) {
      throw new FormatError({ who, expected: 'each weight once', received: `${show(weight.name)} again` })
    }
    if (!fits(weight, from)) {
      const { dtype, shape } = from.tensor
      throw new FormatError({
        who,
        expected: `float32 ${showShape(weight.shape)}`,
        received: `${dtype} ${showShape(shape)}`,
      })
    }
    this.#found.set(weight, from)
    this.#used.add(from)
  }

  /** Layers that are known by where they are: their weights come in Keras's order. */
  byPlace(placed: readonly DescribedWeight[]): void {
    const leaves = new Map(this.#leaves.map((leaf) => [JSON.stringify(leaf.path), leaf.layer]))
    for (const [key, group] of grouped(placed, ({ layer }) => JSON.stringify(layer))) {
      const weights = inOrder(leaves.get(key)?.weights ?? [])
      group.slice(0, weights.length).forEach((from, i) => {
        this.#take(weights[i]!, from)
      })
    }
  }

  /** @returns what no weight has the name of */
  byName(named: readonly DescribedWeight[]): DescribedWeight[] {
    const byKey = new Map<string, { weight: Weight; top: string }[]>()
    for (const { path, layer } of this.#leaves) {
      for (const weight of layer.weights) {
        for (const alias of aliasesOf(weight.localName)) {
          const key = `${layer.name}/${alias}`
          const known = byKey.get(key)
          if (known === undefined) byKey.set(key, [{ weight, top: path[0]! }])
          else known.push({ weight, top: path[0]! })
        }
      }
    }
    return named.filter((from) => {
      for (const name of nameCandidates(from.name, this.#modelName)) {
        const all = byKey.get(name) ?? []
        const within = from.layer === undefined ? all : all.filter(({ top }) => top === from.layer![0])
        // Two models within the model may have layers of the same name: their order tells them apart.
        if (within.length > 1) {
          const free = within.find(({ weight }) => !this.#found.has(weight) && fits(weight, from))
          if (free === undefined) continue
          this.#take(free.weight, from)
          return false
        }
        if (within.length === 0) continue
        this.#take(within[0]!.weight, from)
        return false
      }
      return true
    })
  }

  /** What is left, layer by layer, where the shapes say that the order is the same. */
  byOrder(left: readonly DescribedWeight[]): void {
    if (left.length === 0) return
    const free = this.#leaves
      .map(({ path, layer }) => ({
        path,
        weights: inOrder(layer.weights).filter((weight) => !this.#found.has(weight)),
      }))
      .filter(({ weights }) => weights.length > 0)
    const open: DescribedWeight[] = []
    // A file by outermost layers lists a model's weights in one: those that are trained, then the others.
    for (const [key, group] of grouped(left, ({ layer, whole }) => (whole ? layer![0]! : ''))) {
      const own = inOrder(free.filter(({ path }) => path[0] === key).flatMap(({ weights }) => weights))
      if (key !== '' && this.#takeAll(own, group)) continue
      open.push(...group)
    }
    if (open.length === 0) return
    const groups = [
      ...grouped(open, ({ name, layer }) => layer?.join('/') ?? name.split('/').slice(0, -1).join('/')).entries(),
    ]
    const rest = free
      .map(({ weights }) => weights.filter((weight) => !this.#found.has(weight)))
      .filter((w) => w.length > 0)
    for (const order of [groups, [...groups].sort(([a], [b]) => compareNatural(a, b))]) {
      if (
        !this.#takeGroups(
          rest,
          order.map(([, group]) => group),
        )
      )
        continue
      const [first] = order
      this.#notes.push(`weights that no layer has the name of (${first![0]}, …) were paired in the order of the layers`)
      return
    }
  }

  #takeGroups(rest: readonly (readonly Weight[])[], groups: readonly (readonly DescribedWeight[])[]): boolean {
    if (rest.length !== groups.length) return false
    const matched = groups.map((group, i) => matchLayer(rest[i]!, group))
    if (!matched.every((pairs) => pairs !== undefined)) return false
    for (const [weight, from] of matched.flat()) this.#take(weight, from)
    return true
  }

  #takeAll(weights: readonly Weight[], group: readonly DescribedWeight[]): boolean {
    if (weights.length !== group.length || !weights.every((weight, i) => fits(weight, group[i]!))) return false
    weights.forEach((weight, i) => {
      this.#take(weight, group[i]!)
    })
    return true
  }

  finish(described: readonly DescribedWeight[], strict: boolean): WeightPairs {
    const weights = this.#weights
    const unused = described.filter((from) => !this.#used.has(from))
    const missing = weights.filter((weight) => !this.#found.has(weight)).map(({ name }) => name)
    if (strict && unused.length > 0) {
      const names = weights.map(({ name }) => name)
      throw new FormatError({
        who: this.#who(unused[0]!),
        expected: `weights of this model (${listed(names)})`,
        received: 'one that no layer has',
        hint: 'load with { strict: false } to skip it',
      })
    }
    if (strict && missing.length > 0) {
      const received = `${this.#found.size}, without ${listed(missing)}`
      throw new FormatError({ who: this.#file, expected: `tensors for ${weights.length} weights`, received })
    }
    if (unused.length > 0)
      this.#notes.push(`tensors without a layer were left: ${listed(unused.map(({ name }) => name))}`)
    if (missing.length > 0) this.#notes.push(`weights without a tensor start anew: ${listed(missing)}`)
    return { pairs: [...this.#found], notes: this.#notes }
  }
}

/** Layers with those of nested models in their place. */
export function leavesOf(layers: readonly Layer[], path: readonly string[]): Leaf[] {
  return layers.flatMap((layer) => {
    const own = [...path, layer.name]
    return 'layers' in layer ? leavesOf((layer as LayersModel).layers, own) : [{ path: own, layer }]
  })
}

/** A layer's weights as Keras lists them: those that are trained, then the others. */
function inOrder(weights: readonly Weight[]): Weight[] {
  return [...weights.filter((weight) => weight.isParameter), ...weights.filter((weight) => !weight.isParameter)]
}

function fits(weight: Weight, { tensor }: DescribedWeight): boolean {
  return showShape(tensor.shape) === showShape(weight.shape) && /float/.test(tensor.dtype)
}

/** A group's tensors for a layer's weights: by their own names, or in order. */
function matchLayer(
  weights: readonly Weight[],
  group: readonly DescribedWeight[],
): [weight: Weight, from: DescribedWeight][] | undefined {
  if (weights.length !== group.length) return undefined
  const byName = weights.map((weight) => group.find(({ name }) => aliasesOf(weight.localName).includes(lastPart(name))))
  const order = byName.every((from, i) => from !== undefined && byName.indexOf(from) === i) ? byName : group
  if (!weights.every((weight, i) => fits(weight, order[i]!))) return undefined
  return weights.map((weight, i) => [weight, order[i]!])
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

function aliasesOf(name: string): readonly string[] {
  return ALIASES.find((aliases) => aliases.includes(name)) ?? [name]
}

/** The names that a weight may have in a file: TensorFlow may put models' names or a cell's into it. */
function nameCandidates(name: string, modelName: string): string[] {
  const parts = name.split('/')
  const withoutCell = [...parts.slice(0, -2), parts.at(-1)].join('/')
  const withoutModel = parts[0] === modelName ? [parts.slice(1).join('/')] : []
  const last = parts.length > 2 ? [parts.slice(-2).join('/')] : []
  return [...new Set([name, withoutCell, ...withoutModel, ...last])]
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [item])
    else known.push(item)
  }
  return groups
}

/** 'conv2d_2' before 'conv2d_10'. */
function compareNatural(a: string, b: string): number {
  const [x, y] = [a.split(/(\d+)/), b.split(/(\d+)/)]
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    if (x[i] === y[i]) continue
    const [m, n] = [Number(x[i]), Number(y[i])]
    return i % 2 === 1 ? m - n : x[i]! < y[i]! ? -1 : 1
  }
  return x.length - y.length
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, 6).join(', ')}${names.length > 6 ? ', …' : ''}`
}
