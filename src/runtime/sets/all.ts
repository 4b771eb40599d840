/** All kernels in one module, for those who use them without the ops above. */

import * as builds from '#wasm/kernels'
import type { BuiltInSet } from '../builds.ts'

export const all: BuiltInSet<'kernels'> = { name: 'kernels', builds }
