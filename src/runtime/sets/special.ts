/** The kernels of trigonometric, hyperbolic and error functions, and others that few pages run. */

import * as builds from '#wasm/special'
import type { BuiltInSet } from '../builds.ts'

export const special: BuiltInSet<'special'> = { name: 'special', builds }
