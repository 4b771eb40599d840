/** Before each file of tests: kernels are watched in all of them. */

import { GuardedMemory } from '../src/runtime/guarded-memory.ts'
import { checkAlways } from '../src/runtime/runtime.ts'

checkAlways(GuardedMemory)
