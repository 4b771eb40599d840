/**
 * The compiled module that is to run: the build that fits the engine out of those that are built in, or what a page that
 * may not hold code in strings gives instead, files that it hosts or a module that it has compiled.
 */

import { platform } from '#platform'
import { ArgumentError, FormatError, RuntimeUnavailableError, show } from '../errors.ts'
import { responseBytes } from '../platform/http.ts'
import { VERSION } from '../version.ts'
import { type BuildName, compileBuild } from './load.ts'
import type { Features } from './probe.ts'
import { isWasm, readStamp, type Stamp, withSharedMemory } from './wasm-binary.ts'

type WasmFile = string | URL | Response | ArrayBuffer | ArrayBufferView<ArrayBuffer>

/**
 * Where the kernels come from. A URL that ends in `/` is a folder with the files of `quadlane/wasm`, out of which the
 * right one is taken; any other is one of these files. A `Response` or bytes are the content of one, and a module is
 * one that is compiled already.
 */
export type WasmSource = WasmFile | WebAssembly.Module

export interface ModuleOptions {
  readonly simd?: 'auto' | 'relaxed' | 'baseline' | undefined
  readonly wasm?: WasmSource | undefined
}

export interface KernelModule {
  readonly module: WebAssembly.Module
  readonly build: BuildName
  /** Whether it wants a shared memory; it refuses the other kind. */
  readonly shared: boolean
  /** Why it is a slower build than the machine might have; empty where there is nothing to say. */
  readonly reason: string
}

const FILES = 'the files of node_modules/quadlane/dist/wasm'
/** The kernels are a thousandth of it. */
const MAX_FILE_BYTES = 2 ** 27

/**
 * Compiles the module for the options.
 * @param shared whether a shared memory is wanted; a module that is given compiled may be for the other kind
 */
export async function compileModule(
  who: string,
  { simd = 'auto', wasm }: ModuleOptions,
  features: Features,
  shared: boolean,
): Promise<KernelModule> {
  const { build, reason } = chooseBuild(who, simd, features)
  if (wasm === undefined) return { module: await compileBuild(build, shared), build, shared, reason }
  const { name, module, stamp } = await givenModule(who, wasm, build, features, shared)
  checkStamp(name, stamp)
  if (simd !== 'auto' && stamp.build !== build) {
    const expected = `the ${simd} build, as simd asks for`
    throw new ArgumentError({ who: name, expected, received: `kernels.${stamp.build}.wasm` })
  }
  if (stamp.shared && !features.sharedMemory) {
    throw new RuntimeUnavailableError({
      who: name,
      expected: 'kernels for a private memory, since threads share none here',
      received: `kernels.${stamp.build}.shared.wasm`,
      hint: `give kernels.${stamp.build}.wasm`,
    })
  }
  return { module, build: stamp.build, shared: stamp.shared, reason: stamp.build === build ? reason : '' }
}

interface Given {
  /** What errors call it. */
  readonly name: string
  readonly module: WebAssembly.Module
  readonly stamp: Stamp | undefined
}

async function givenModule(
  who: string,
  wasm: WasmSource,
  build: BuildName,
  features: Features,
  shared: boolean,
): Promise<Given> {
  if (wasm instanceof WebAssembly.Module) return { name: who, module: wasm, stamp: readStamp(wasm) }
  const { name, bytes } = await givenBytes(who, wasm as WasmFile, build)
  if (!isWasm(bytes)) {
    const text = new TextDecoder().decode(bytes.subarray(0, 60)).trim()
    const hint = `does the server have ${FILES} there?`
    throw new FormatError({ who: name, expected: 'a WebAssembly module', received: show(text), hint })
  }
  const module = await compileGiven(name, shared ? withSharedMemory(bytes) : bytes, features)
  const stamp = readStamp(module)
  return { name, module, stamp: stamp && { ...stamp, shared: shared || stamp.shared } }
}

async function givenBytes(
  who: string,
  wasm: WasmFile,
  build: BuildName,
): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
  if (typeof wasm === 'string' || wasm instanceof URL) {
    const url = String(wasm)
    const name = url.endsWith('/') ? `${url}kernels.${build}.wasm` : url
    return { name, bytes: Uint8Array.from(await platform.readFile(name)) }
  }
  if (typeof Response !== 'undefined' && wasm instanceof Response) {
    const name = wasm.url === '' ? who : wasm.url
    return { name, bytes: Uint8Array.from(await responseBytes(name, wasm, MAX_FILE_BYTES)) }
  }
  if (wasm instanceof ArrayBuffer) return { name: who, bytes: new Uint8Array(wasm) }
  if (ArrayBuffer.isView(wasm)) {
    return { name: who, bytes: new Uint8Array(wasm.buffer, wasm.byteOffset, wasm.byteLength) }
  }
  throw new ArgumentError({
    who,
    expected: 'wasm to be a URL, a Response, bytes or a WebAssembly.Module',
    received: show(wasm),
  })
}

async function compileGiven(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  { relaxed }: Features,
): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes)
  } catch (error) {
    const expected = 'kernels that this engine compiles'
    const hint = relaxed ? `is the file whole? Take ${FILES}` : 'it has no relaxed SIMD: give kernels.simd.wasm'
    throw new FormatError({ who: name, expected, received: (error as Error).message, hint }, { cause: error })
  }
}

function checkStamp(name: string, stamp: Stamp | undefined): asserts stamp is Stamp & { build: BuildName } {
  if (stamp !== undefined && stamp.version === VERSION) return
  throw new FormatError({
    who: name,
    expected: `the kernels of quadlane ${VERSION}`,
    received: stamp === undefined ? 'another module' : `those of ${stamp.version}`,
    hint: `take ${FILES}`,
  })
}

function chooseBuild(
  who: string,
  simd: 'auto' | 'relaxed' | 'baseline',
  features: Features,
): { build: BuildName; reason: string } {
  if (!features.simd) {
    throw new RuntimeUnavailableError({
      who,
      expected: 'an engine with 128-bit WebAssembly SIMD (Chrome 91, Firefox 113, Safari 16.4, Node 16.4)',
      received: 'one without',
    })
  }
  if (simd === 'baseline') return { build: 'simd', reason: '' }
  if (features.relaxed) return { build: 'relaxed', reason: '' }
  if (simd === 'relaxed') {
    throw new RuntimeUnavailableError({
      who,
      expected: "an engine with relaxed SIMD for simd: 'relaxed'",
      received: 'one without',
      hint: "use simd: 'auto', or start Node 20 with --experimental-wasm-relaxed-simd",
    })
  }
  return { build: 'simd', reason: 'the engine has no relaxed SIMD' }
}
