/** JSON over HTTP, and errors as `{ error }`. */

import type { IncomingMessage, ServerResponse } from 'node:http'

const BODY_LIMIT = 4096

/** What is answered with a status of its own. */
export class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(JSON.stringify(body))
}

export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy()
  const status = error instanceof HttpError ? error.status : 500
  sendJson(response, status, { error: error instanceof Error ? error.message : String(error) })
}

export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > BODY_LIMIT) throw new HttpError(413, `expected at most ${BODY_LIMIT} characters`)
  }
  const body = parsed(text)
  if (typeof body !== 'object' || body === null) throw new HttpError(400, `expected a JSON object, given ${text}`)
  return body as Record<string, unknown>
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Lets through what a page of this server sends, and nobody else: pages elsewhere may reach this machine too.
 * @throws HttpError otherwise
 */
export function checkOwnPage({ method, headers, socket, url }: IncomingMessage): void {
  if (method !== 'POST') throw new HttpError(405, `${url}: expected POST, given ${method}`)
  const hosts = [`127.0.0.1:${socket.localPort}`, `localhost:${socket.localPort}`]
  const { host, origin, 'sec-fetch-site': site = 'same-origin' } = headers
  // The name that was asked for, too: another's may be made to point here.
  const own = hosts.includes(host ?? '') && origin === `http://${host}` && site === 'same-origin'
  if (!own) throw new HttpError(403, `${url}: expected a request of a page of http://${hosts[0]}, given ${origin}`)
}
