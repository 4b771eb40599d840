/** Layers of your own, by the names that they have in model files. */

import { ArgumentError, show } from '../errors.ts'
import { Layer } from './layer.ts'

type LayerType = typeof Layer & (new (config: never) => Layer)

const registered = /* @__PURE__ */ new Map<string, LayerType>()

/** The class of a registered layer. */
export function registeredLayer(className: string): LayerType | undefined {
  return registered.get(className)
}

/**
 * Lets model files find a layer of your own: `class Mine extends layers.Layer` with `static className = 'Mine'`.
 * @param type the class
 * @param registeredName the name in files; default the class's own
 * @example
 * class Twice extends layers.Layer {
 *   static className = 'Twice'
 *   call(x) {
 *     return mul(x, 2)
 *   }
 * }
 * serialization.registerClass(Twice)
 * const net = sequential({ layers: [new Twice({ inputShape: [2] })] })
 * await net.save('file://twice')
 * const again = await loadLayersModel('file://twice')
 * again.predict([[1, 2]]).print() // [[2, 4]]
 */
export function registerClass(type: unknown, _package?: string | null, registeredName?: string | null): void {
  const who = 'serialization.registerClass'
  if (typeof type !== 'function' || !(type.prototype instanceof Layer)) {
    throw new ArgumentError({ who, expected: 'a class that extends layers.Layer', received: show(type) })
  }
  const name: unknown = registeredName ?? (Object.hasOwn(type, 'className') ? (type as LayerType).className : undefined)
  if (typeof name !== 'string' || name === '') {
    const hint = "static className = 'Mine'"
    throw new ArgumentError({ who, expected: 'a class with a static className', received: show(name), hint })
  }
  registered.set(name, type as LayerType)
}
