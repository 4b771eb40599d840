/**
 * A page or a frame in which one system is timed. Whoever opened it calls `handle`, as messages are sent to processes
 * elsewhere.
 */

import { Host } from '../shared/host.mjs'

const MODULES = {
  quadlane: () => import('../systems/quadlane.mjs'),
  tfjs: () => import('../peers/tfjs.mjs'),
  jax: () => import('../peers/jax.mjs'),
  ort: () => import('../peers/ort.mjs'),
}
const host = new Host(async (system) => {
  const load = MODULES[system]
  if (load === undefined) throw new Error(`no system ${system} in pages: ${Object.keys(MODULES).join(', ')}`)
  return load()
})

globalThis.handle = (request) => host.answer(request)
