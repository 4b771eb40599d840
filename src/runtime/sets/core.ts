/** The kernels that come with every page. */

import * as builds from '#wasm/core'
import type { BuiltInSet } from '../builds.ts'

export const core: BuiltInSet<'core'> = { name: 'core', builds }
