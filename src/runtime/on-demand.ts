/**
 * What few runtimes need: kernels that are given to `init`, guard words. It is one module, as `src/on-demand.ts` is: with
 * two, bundlers put what both share with a page into a chunk of its own, which costs every page more than it saves.
 */

export { givenModule } from './given-module.ts'
export { GuardedMemory } from './guarded-memory.ts'
