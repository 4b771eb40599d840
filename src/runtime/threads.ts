/** What more than one thread takes. A chunk of its own, which pages with one thread never load. */

export { Pool } from './pool.ts'
export { withSharedMemory } from './shared-module.ts'
