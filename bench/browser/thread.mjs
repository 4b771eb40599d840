/** A Web Worker in which quadlane is timed, away from the page's main thread. */

import { Host } from '../shared/host.mjs'

const host = new Host(() => import('../systems/quadlane.mjs'))

addEventListener('message', async ({ data: request }) => postMessage(await host.answer(request)))
