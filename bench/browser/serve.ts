/**
 * Serves the checkout to the benchmark page, cross-origin isolated, so that threads can share memory. On its own:
 * `npm run bench:browser` prints the address to open.
 */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** The server, listening on this machine only, and its address. */
export async function serve(port = 0): Promise<{ server: Server; address: string }> {
  const files = sirv(ROOT, {
    dev: true,
    setHeaders: (response) => {
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    },
  })
  const server = createServer((request, response) => {
    files(request, response, () => {
      response.statusCode = 404
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await serve(8080)
  console.log(`${address}/bench/browser/`)
}
