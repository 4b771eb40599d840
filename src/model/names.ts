/** The names of layers: unique within a model, conv2d, conv2d_1, …, for those that the user gave none. */

import { ArgumentError, show } from '../errors.ts'
import type { Layer, LayerHolder } from '../layers/layer.ts'

/** Names the layers of a model that have no name yet. @throws ArgumentError where the user gave two the same */
export function nameLayers(model: LayerHolder, layers: readonly Layer[]): void {
  const taken = new Set<string>()
  for (const layer of layers) {
    if (!layer.isNamed) continue
    checkFree(model, layer, taken)
    taken.add(layer.name)
  }
  for (const layer of layers) if (!layer.isNamed) taken.add(nameLayer(model, layer, taken))
}

/** Names one more layer of a model. */
export function nameLayer(model: LayerHolder, layer: Layer, taken: ReadonlySet<string>): string {
  if (layer.isNamed) {
    checkFree(model, layer, taken)
    return layer.name
  }
  const own = layer.holders.length > 0 ? layer.name : layer.typeName
  // A layer that other models have too must not come to share a name there.
  const elsewhere = new Set(
    layer.holders.flatMap(({ layers }) => layers.filter((other) => other !== layer).map(nameOf)),
  )
  const isFree = (name: string): boolean => !taken.has(name) && !elsewhere.has(name)
  let name = own
  for (let number = 1; !isFree(name); number++) name = `${layer.typeName}_${number}`
  layer.rename(name)
  return name
}

function nameOf({ name }: Layer): string {
  return name
}

function checkFree(model: LayerHolder, layer: Layer, taken: ReadonlySet<string>): void {
  if (!taken.has(layer.name)) return
  const received = `${show(layer.name)} twice`
  throw new ArgumentError({ who: model.name, expected: 'a name for each layer', received })
}
