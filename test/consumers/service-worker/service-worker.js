import * as quadlane from './quadlane.min.js'
import { step } from './step.js'

addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('message', (event) => {
  const trained = step(quadlane).catch((error) => ({ error: `${error?.stack ?? error}` }))
  event.waitUntil(trained.then((result) => event.source.postMessage(result)))
})
