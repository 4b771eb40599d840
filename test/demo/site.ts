/** The demo as a host serves it: built once, then from a server with or without the headers, at any path. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { preview } from 'vite'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const VITE = fileURLToPath(new URL('../../node_modules/vite/bin/vite.js', import.meta.url))

/** Builds the demo and returns the folder; each file of tests has its own, since they run at the same time. */
export async function buildSite(name: string): Promise<string> {
  const folder = fileURLToPath(new URL(`../../build/demo-test-${name}`, import.meta.url))
  const env = { ...process.env, NODE_ENV: 'production' }
  await promisify(execFile)(process.execPath, [VITE, 'build', 'demo', '--outDir', folder], { cwd: ROOT, env })
  return folder
}

export interface Site {
  readonly url: string
  close(): Promise<void>
}

export interface SiteOptions {
  /** Whether it sends the headers for cross-origin isolation. */
  readonly isolated: boolean
  /** The path of the page. */
  readonly base?: string
}

export async function serveSite(outDir: string, { isolated, base = '/' }: SiteOptions): Promise<Site> {
  const headers = isolated
    ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    : {}
  const server = await preview({
    configFile: false,
    root: ROOT,
    base,
    logLevel: 'silent',
    build: { outDir },
    preview: { port: 0, headers },
  })
  return { url: server.resolvedUrls!.local[0]!, close: () => server.close() }
}
