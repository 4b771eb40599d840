/**
 * Prints what TF.js exports and quadlane does not, by namespace: `npx tsx scripts/missing-names.ts`, and which names are
 * there as functions that only say that quadlane has not what they name. Kernel names and what only backends call are
 * left out.
 */

import * as tfCore from '@tensorflow/tfjs-core'
import * as tfLayers from '@tensorflow/tfjs-layers'
import * as absentNames from '../src/api/absent.ts'
import * as io from '../src/api/io.ts'
import * as data from '../src/data/index.ts'
import * as quadlane from '../src/exports.ts'
import * as absentLayers from '../src/layers/absent.ts'
import { installChainedOps } from '../src/ops/chain.ts'

installChainedOps()

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

/** The functions that throw "quadlane has no …", and those of namespaces of them. */
const ABSENT = new Set(
  [absentNames, absentLayers].flatMap((found) => {
    return Object.values(found).flatMap((value): unknown[] =>
      typeof value === 'object' ? Object.values(value) : [value],
    )
  }),
)

function report(namespace: string, theirs: unknown, ours: unknown): void {
  const all = names(theirs)
  const held = Object(ours) as Record<string, unknown>
  const missing = all.filter((name) => !(name in held))
  // A getter of a prototype has no value by itself.
  const absent =
    typeof ours === 'function' || ours === quadlane.Tensor.prototype ? [] : all.filter((name) => ABSENT.has(held[name]))
  const list = (what: string, which: readonly string[]): string =>
    which.length === 0 ? '' : `; ${what}: ${[...which].sort().join(', ')}`
  const there = all.length - missing.length - absent.length
  console.log(`${namespace}: ${there} of ${all.length}${list('missing', missing)}${list('throw', absent)}`)
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
