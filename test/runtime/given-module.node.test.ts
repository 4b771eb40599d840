/** Kernels that are given to `init` as files, bytes or modules, out of the package's own folder of them. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { ArgumentError, FormatError, InputOutputError, RuntimeUnavailableError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import { matMul } from '../../src/ops/matmul.ts'
import { buildBytes } from '../../src/runtime/builds.ts'
import { compileModule } from '../../src/runtime/module.ts'
import { info, shutdown } from '../../src/runtime/runtime.ts'
import { all } from '../../src/runtime/sets/all.ts'
import { withSharedMemory } from '../../src/runtime/shared-module.ts'
import { withStamp } from '../../src/runtime/stamp.ts'
import { VERSION } from '../../src/version.ts'
import { expectRejection } from '../helpers/refusals.ts'

const HINT = 'take the files of node_modules/quadlane/dist/wasm'
let folder = ''
let server: Server
let host = ''
const at = (name: string): string => join(folder, name)
const bytesAt = async (name: string): Promise<Uint8Array<ArrayBuffer>> => Uint8Array.from(await readFile(at(name)))

// As scripts/hosted-files.ts makes them; the package's own are tested where it is packed.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quadlane-wasm-'))
  for (const build of ['simd', 'relaxed'] as const) {
    const bytes = buildBytes(all, build)
    await writeFile(at(`kernels.${build}.wasm`), withStamp(bytes, { version: VERSION, build, shared: false }))
    const shared = withStamp(withSharedMemory(bytes), { version: VERSION, build, shared: true })
    await writeFile(at(`kernels.${build}.shared.wasm`), shared)
  }
  const simd = buildBytes(all, 'simd')
  await writeFile(at('old.wasm'), withStamp(simd, { version: '0.0.1', build: 'simd', shared: false }))
  await writeFile(at('page.html'), '<!doctype html><title>404</title>')
  await mkdir(at('empty'))
  server = createServer(async ({ url = '' }, response) => {
    const body = await readFile(at(url.slice(1))).catch(() => undefined)
    response.writeHead(body === undefined ? 404 : 200).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true, force: true })
})
afterEach(() => {
  vi.restoreAllMocks()
  shutdown()
})

/** A product, to see that the kernels are there. */
const works = (): unknown => matMul([[1, 2]], [[3], [4]]).arraySync()

describe('init({ wasm })', () => {
  it.each([
    ['a folder by its path', () => `${folder}/`],
    ['a folder by its URL', () => new URL(`${pathToFileURL(folder).href}/`)],
    ['a folder of a server', () => `${host}/`],
    ['a file', () => at('kernels.simd.wasm')],
    ['a file of a server', () => `${host}/kernels.simd.wasm`],
    ['a response', async () => new Response(await bytesAt('kernels.simd.wasm'))],
    ['bytes', () => bytesAt('kernels.simd.wasm')],
    ['an ArrayBuffer', async () => (await bytesAt('kernels.simd.wasm')).buffer],
    ['a module', async () => WebAssembly.compile(await bytesAt('kernels.simd.wasm'))],
  ])('takes %s', async (_, wasm) => {
    await init({ wasm: await wasm(), threads: 1 })
    expect(works()).toEqual([[11]])
  })

  it('takes the build out of a folder that simd asks for, and tells which one a file is', async () => {
    await init({ wasm: `${folder}/`, simd: 'baseline', threads: 1 })
    expect(info().build).toBe('simd')
    shutdown()
    await init({ wasm: at('kernels.simd.wasm'), threads: 1 })
    expect(info()).toMatchObject({ build: 'simd', simd: 'baseline' })
  })

  it('makes a file fit for threads, and takes a shared one for one thread too', async () => {
    await init({ wasm: at('kernels.simd.wasm'), threads: 2 })
    expect(info()).toMatchObject({ threads: 2, reason: '' })
    shutdown()
    await init({ wasm: at('kernels.simd.shared.wasm'), threads: 1 })
    expect(info().threads).toBe(1)
    expect(works()).toEqual([[11]])
  })

  it('runs one thread with a module for a private memory, and says why; two with one for a shared', async () => {
    await init({ wasm: await WebAssembly.compile(await bytesAt('kernels.simd.wasm')), threads: 2 })
    const reason =
      'one thread: the module given to init is for a private memory, give one of the files kernels.*.shared.wasm'
    expect(info()).toMatchObject({ threads: 1, reason })
    shutdown()
    await init({ wasm: await WebAssembly.compile(await bytesAt('kernels.simd.shared.wasm')), threads: 2 })
    expect(info()).toMatchObject({ threads: 2, reason: '' })
  })

  it('leaves nothing behind where it fails', async () => {
    await expect(init({ wasm: at('old.wasm') })).rejects.toThrow(FormatError)
    await init({ threads: 1 })
    expect(works()).toEqual([[11]])
  })
})

describe('init({ wasm }) refuses', () => {
  it('a page where a module should be', async () => {
    const text = `${at('page.html')}: expected a WebAssembly module, received '<!doctype html><title>404</title>' — does the server have the files of node_modules/quadlane/dist/wasm there?`
    await expectRejection(init({ wasm: at('page.html') }), FormatError, text)
  })

  it('what is not there', async () => {
    const text = `${host}/nowhere.wasm: expected status 200, received 404 Not Found`
    await expectRejection(init({ wasm: `${host}/nowhere.wasm` }), InputOutputError, text)
    const missing = init({ wasm: `${at('empty')}/`, simd: 'baseline' })
    const file = `${at('empty')}/kernels.simd.wasm`
    await expectRejection(
      missing,
      InputOutputError,
      `${file}: expected a file to read, received no such file or directory (ENOENT)`,
    )
  })

  it('a response that is none', async () => {
    const wasm = new Response('', { status: 404, statusText: 'Not Found' })
    await expectRejection(init({ wasm }), InputOutputError, 'init: expected status 200, received 404 Not Found')
  })

  it('the kernels of another version, and what is none', async () => {
    const old = `${at('old.wasm')}: expected the kernels of quadlane ${VERSION}, received those of 0.0.1 — ${HINT}`
    await expectRejection(init({ wasm: at('old.wasm') }), FormatError, old)
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
    const text = `init: expected the kernels of quadlane ${VERSION}, received another module — ${HINT}`
    await expectRejection(init({ wasm: empty }), FormatError, text)
  })

  it('a file that is cut', async () => {
    const wasm = (await bytesAt('kernels.simd.wasm')).slice(0, 1000)
    await expect(init({ wasm, threads: 1 })).rejects.toThrow(
      /^init: expected kernels that this engine compiles, received .* — (is the file whole\? Take|it has no relaxed SIMD)/s,
    )
  })

  it('any file where the page forbids WebAssembly, whole or not, and says that it is not the file', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new WebAssembly.CompileError('blocked by CSP'))
    const text =
      "init: expected to compile WebAssembly, received blocked by CSP — does the page's script-src have 'wasm-unsafe-eval'?"
    const cut = (await bytesAt('kernels.simd.wasm')).slice(0, 1000)
    for (const wasm of [`${folder}/`, cut]) {
      await expectRejection(init({ wasm, simd: 'baseline' }), RuntimeUnavailableError, text)
    }
  })

  it('another build than simd asks for', async () => {
    const text = `init: expected a wasm of the build that simd asks for, received simd: 'baseline' and kernels.relaxed.wasm`
    // The engine may compile no relaxed kernels.
    const relaxed = at('kernels.relaxed.wasm')
    const tooNew = 'it has no relaxed SIMD: give kernels.simd.wasm'
    await expect(init({ wasm: relaxed, simd: 'baseline', threads: 1 })).rejects.toSatisfy(
      ({ message }: Error) => message === text || message.endsWith(tooNew),
    )
  })

  it('a shared module where memory cannot be shared', async () => {
    const wasm = at('kernels.simd.shared.wasm')
    const alone = { simd: true, relaxed: false, sharedMemory: false }
    const text = `${wasm}: expected kernels for a private memory, since threads share none here, received kernels.simd.shared.wasm — give kernels.simd.wasm`
    await expectRejection(compileModule('init', all, { wasm }, alone, false), RuntimeUnavailableError, text)
  })

  it.each([
    [5, '5'],
    [true, 'true'],
    [{}, '{}'],
  ])('%s', async (wasm, shown) => {
    const text = `init: expected wasm to be a URL, a Response, bytes or a WebAssembly.Module, received ${shown}`
    await expectRejection(init({ wasm: wasm as never }), ArgumentError, text)
  })

  it('a worker that is no URL', async () => {
    const text = 'init: expected worker to be a URL, received 5'
    await expectRejection(init({ worker: 5 as never }), ArgumentError, text)
  })
})

describe('the files of the package', () => {
  it('are what init takes', async () => {
    const wasm = `${fileURLToPath(new URL('../../dist/wasm', import.meta.url))}/`
    await init({ wasm, threads: 1, simd: 'baseline' })
    expect(works()).toEqual([[11]])
  })
})
