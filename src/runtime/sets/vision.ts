/** The kernels of layers and image operations that are not in every network. */

import * as builds from '#wasm/vision'
import type { BuiltInSet } from '../builds.ts'

export const vision: BuiltInSet<'vision'> = { name: 'vision', builds }
