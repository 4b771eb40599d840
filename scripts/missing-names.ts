/**
 * Prints what TF.js exports and quadlane does not, by namespace: `npx tsx scripts/missing-names.ts`. What throws that it is
 * absent counts as there. Kernel names and what only backends call are left out.
 */

import * as tfCore from '@tensorflow/tfjs-core'
import * as tfLayers from '@tensorflow/tfjs-layers'
import * as io from '../src/api/io.ts'
import * as data from '../src/data/index.ts'
import * as quadlane from '../src/exports.ts'

const OURS: Record<string, unknown> = { ...quadlane, data, io }

/** What is for those who write backends, and not part of the documented surface. */
const INNER =
  /^(?:[A-Z]|_|default$|OP_SCOPE|kernel_impls|backend_util|broadcast_util|slice_util|gather_util|scatter_util|tensor_util|test_util|device_util|copyRegistered|getKernel|getGradient|unregister|op$|sumOutType|upcastType|version|deprecationWarn)/

function names(value: unknown): string[] {
  const isNamespace = (typeof value === 'object' || typeof value === 'function') && value !== null
  return isNamespace
    ? Object.getOwnPropertyNames(value).filter(
        (name) => !INNER.test(name) && !/^(length|name|prototype|caller|arguments)$/.test(name),
      )
    : []
}

function report(namespace: string, theirs: unknown, ours: unknown): void {
  const missing = names(theirs).filter((name) => ours === undefined || ours === null || !(name in Object(ours)))
  console.log(
    `${namespace}: ${names(theirs).length - missing.length} of ${names(theirs).length}${missing.length > 0 ? `, without ${missing.sort().join(', ')}` : ''}`,
  )
}

const CORE = [
  'browser',
  'fused',
  'image',
  'io',
  'linalg',
  'losses',
  'math',
  'signal',
  'sparse',
  'spectral',
  'string',
  'train',
  'util',
] as const
const LAYERS = ['callbacks', 'constraints', 'initializers', 'layers', 'metrics', 'models', 'regularizers'] as const

report('core', tfCore, OURS)
for (const name of CORE) report(name, Object(tfCore)[name], OURS[name])
report('layers package', tfLayers, OURS)
for (const name of LAYERS) report(name, Object(tfLayers)[name], OURS[name])
report('Tensor', tfCore.Tensor.prototype, quadlane.Tensor.prototype)
