/** A process that runs one system under Node; the driver talks to it by IPC. */

import { Host } from '../shared/host.mjs'

const PEERS = new Set(['tfjs', 'jax', 'ort', 'convnet'])
const host = new Host((system) => import(PEERS.has(system) ? `../peers/${system}.mjs` : `./${system}.mjs`))

process.on('message', async (/** @type {any} */ { id, request }) => {
  process.send?.({ id, ...(await host.answer(request)) })
})
process.on('disconnect', () => process.exit(0))
