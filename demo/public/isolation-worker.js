/** A service worker that adds the headers for cross-origin isolation where the host does not send them. */

const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil(clients.claim()))

addEventListener('fetch', (event) => {
  const { request } = event
  // Chrome asks its cache for other hosts' files in a way that fetch does not take.
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return
  // What comes from elsewhere has to allow it by itself.
  if (new URL(request.url).origin !== location.origin) return
  event.respondWith(withHeaders(request))
})

async function withHeaders(request) {
  const response = await fetch(request)
  if (response.status === 0) return response
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value)
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}
