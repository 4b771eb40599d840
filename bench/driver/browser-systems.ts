/** The systems of the comparison in pages of Chromium. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { findBrowser } from '../../scripts/installed-browsers.ts'
import { serve } from '../browser/serve.ts'
import { pagePeers } from './page-peers.ts'
import { launchChromium, PageWorker } from './page-worker.ts'
import type { SystemSpec } from './system.ts'

const THREADS = [1, 2]
const NO_LIFTOFF = '--no-liftoff'
const REVECTORIZE = '--wasm-revectorize'

export interface Browsers {
  readonly specs: readonly SystemSpec[]
  /** Ends the browsers and the server. */
  readonly close: () => Promise<void>
}

/** The systems; none where the machine has no Chromium. Browsers start when the first of their pages does. */
export async function browserSystems(): Promise<Browsers> {
  const installed = findBrowser('chromium')
  if (installed === undefined) return { specs: [], close: async () => {} }
  const { server, address } = await serve()
  const browsers = new Map<string, Promise<Browser>>()
  const pageWith = async (jsFlags: string): Promise<PageWorker> => {
    const browser = browsers.get(jsFlags) ?? launchChromium(installed, jsFlags)
    browsers.set(jsFlags, browser)
    return PageWorker.open(await browser, address)
  }
  const where = await versionOf(installed.executable)
  const spec = (parts: Omit<SystemSpec, 'where' | 'start'>, jsFlags = '', remark = ''): SystemSpec => {
    return { ...parts, where: `${where}${remark}`, start: () => pageWith(jsFlags) }
  }
  const models = `${address}/build/bench`
  const specs = [
    ...quadlaneSpecs(spec, address),
    ...THREADS.flatMap((threads) =>
      pagePeers(threads, models).map(({ package: _, ...peer }) =>
        spec({ ...peer, id: `chromium-${peer.id}-t${threads}` }, peer.family === 'jax-js' ? NO_LIFTOFF : ''),
      ),
    ),
  ]
  const close = async (): Promise<void> => {
    for (const browser of browsers.values()) await (await browser).close()
    server.closeAllConnections()
    server.close()
  }
  return { specs, close }
}

type SpecMaker = (parts: Omit<SystemSpec, 'where' | 'start'>, jsFlags?: string, remark?: string) => SystemSpec

function quadlaneSpecs(spec: SpecMaker, address: string): SystemSpec[] {
  const kinds = [
    { id: 'baseline', simd: 'baseline', wasm: undefined, jsFlags: '', remark: '' },
    { id: 'relaxed', simd: 'relaxed', wasm: undefined, jsFlags: '', remark: '' },
    { id: 'revec', simd: 'wide', wasm: `${address}/dist/wasm/`, jsFlags: REVECTORIZE, remark: ', revectorized' },
  ] as const
  return kinds.flatMap(({ id, simd, wasm, jsFlags, remark }) =>
    THREADS.map((threads) =>
      spec(
        {
          id: `chromium-quadlane-${id}-t${threads}`,
          family: 'quadlane',
          label: `quadlane ${simd}`,
          threads,
          system: 'quadlane',
          options: { threads, simd, ...(wasm === undefined ? {} : { wasm }) },
        },
        jsFlags,
        remark,
      ),
    ),
  )
}

/** E.g. `Chromium 156`. */
async function versionOf(executablePath: string): Promise<string> {
  const { stdout } = await promisify(execFile)(executablePath, ['--version'])
  return `Chromium ${/\d+/.exec(stdout)?.[0] ?? '?'}`
}
