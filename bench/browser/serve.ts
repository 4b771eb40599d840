/**
 * Serves the checkout to the benchmark page, cross-origin isolated, so that threads can share memory, and runs in Node
 * what the page wants to compare itself with. On its own: `npm run bench:browser` prints the address to open.
 */

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'
import { writeModels } from '../onnx/models-folder.ts'
import { HttpError, sendError, sendJson } from './server/json.ts'
import { NodeProcesses } from './server/node-processes.ts'
import { scriptAt } from './server/scripts.ts'
import { setup } from './server/setup.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PORT = 8080
const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** The server, listening on this machine only, and its address. */
export async function serve(port = 0): Promise<{ server: Server; address: string }> {
  const files = sirv(ROOT, { dev: true })
  const processes = new NodeProcesses()
  const server = createServer(async (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    try {
      const pathname = pathOf(request)
      if (pathname === '/bench/setup') return sendJson(response, 200, setup())
      if (/^\/bench\/node(\/|$)/.test(pathname)) return await processes.handle(pathname, request, response)
      const script = await scriptAt(pathname)
      if (script === undefined) return files(request, response, () => void response.writeHead(404).end())
      response.writeHead(200, { 'Content-Type': 'text/javascript', 'Cache-Control': 'no-store' }).end(script)
    } catch (error) {
      sendError(response, error)
    }
  })
  server.on('close', () => processes.end())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function pathOf({ url }: IncomingMessage): string {
  const base = 'http://localhost'
  if (url === undefined || !URL.canParse(url, base)) throw new HttpError(400, `expected a path, given ${url}`)
  return new URL(url, base).pathname
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeModels()
  // Another server may have the port.
  const { address } = await serve(PORT).catch(() => serve())
  console.log(`${address}/bench/browser/`)
}
