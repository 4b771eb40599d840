/**
 * Kernels that are given to `init` in place of those that are built in: files that a page hosts itself, or a module that
 * is compiled already, where an engine compiles none at run time. Loaded by those who use it alone.
 */

import { files } from '#files'
import { ArgumentError, compilationRefused, FormatError, RuntimeUnavailableError, show } from '../errors.ts'
import { MAX_FILE_BYTES } from '../io/files.ts'
import { responseBytes } from '../io/http.ts'
import { isArrayBuffer } from '../typed-arrays.ts'
import { VERSION } from '../version.ts'
import type { BuildName } from './builds.ts'
import type { KernelModule, WasmFile, WasmSource } from './module.ts'
import type { Features } from './probe.ts'
import { withSharedMemory } from './shared-module.ts'
import { isWasm, readStamp, type Stamp } from './stamp.ts'

const FILES = 'the files of node_modules/quadlane/dist/wasm'
/** The smallest module: every engine compiles it, unless its page forbids WebAssembly. */
const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

/**
 * The module that `wasm` means.
 * @param build which one to take out of a folder
 * @param shared whether to make it one for a shared memory, where it is not compiled yet
 * @throws FormatError for what is no module of this version, InputOutputError for what cannot be read,
 * RuntimeUnavailableError where the page forbids WebAssembly, or threads cannot share the memory that it is for
 */
export async function givenModule(
  who: string,
  wasm: WasmSource,
  build: BuildName,
  features: Features,
  shared: boolean,
): Promise<Omit<KernelModule, 'reason'>> {
  const { name, module, isShared } = await compiled(who, wasm, build, features, shared)
  const stamp = checkedStamp(name, readStamp(module))
  if ((isShared || stamp.shared) && !features.sharedMemory) {
    throw new RuntimeUnavailableError({
      who: name,
      expected: 'kernels for a private memory, since threads share none here',
      received: `kernels.${stamp.build}.shared.wasm`,
      hint: `give kernels.${stamp.build}.wasm`,
    })
  }
  return { module, build: stamp.build, shared: isShared || stamp.shared }
}

interface Compiled {
  /** What errors call it. */
  readonly name: string
  readonly module: WebAssembly.Module
  /** Whether it was made one for a shared memory. */
  readonly isShared: boolean
}

async function compiled(
  who: string,
  wasm: WasmSource,
  build: BuildName,
  features: Features,
  shared: boolean,
): Promise<Compiled> {
  if (wasm instanceof WebAssembly.Module) return { name: who, module: wasm, isShared: false }
  const { name, bytes } = await givenBytes(who, wasm as WasmFile, build)
  if (!isWasm(bytes)) {
    const text = new TextDecoder().decode(bytes.subarray(0, 60)).trim()
    const hint = `does the server have ${FILES} there?`
    throw new FormatError({ who: name, expected: 'a WebAssembly module', received: show(text), hint })
  }
  return { name, module: await compileGiven(name, bytes, features, shared), isShared: shared }
}

async function givenBytes(
  who: string,
  wasm: WasmFile,
  build: BuildName,
): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
  if (typeof wasm === 'string' || wasm instanceof URL) {
    const url = String(wasm)
    const name = url.endsWith('/') ? `${url}kernels.${build}.wasm` : url
    return { name, bytes: Uint8Array.from(await files.read(name)) }
  }
  if (typeof Response !== 'undefined' && wasm instanceof Response) {
    const name = wasm.url === '' ? who : wasm.url
    return { name, bytes: Uint8Array.from(await responseBytes(name, wasm, MAX_FILE_BYTES)) }
  }
  if (isArrayBuffer(wasm)) return { name: who, bytes: new Uint8Array(wasm) }
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
  shared: boolean,
): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(shared ? withSharedMemory(bytes) : bytes)
  } catch (error) {
    await WebAssembly.compile(EMPTY).catch(() => {
      throw compilationRefused(error)
    })
    const expected = 'kernels that this engine compiles'
    const hint = relaxed ? `is the file whole? Take ${FILES}` : 'it has no relaxed SIMD: give kernels.simd.wasm'
    throw new FormatError({ who: name, expected, received: (error as Error).message, hint }, { cause: error })
  }
}

function checkedStamp(name: string, stamp: Stamp | undefined): Stamp & { build: BuildName } {
  if (stamp !== undefined && stamp.version === VERSION) return stamp as Stamp & { build: BuildName }
  throw new FormatError({
    who: name,
    expected: `the kernels of quadlane ${VERSION}`,
    received: stamp === undefined ? 'another module' : `those of ${stamp.version}`,
    hint: `take ${FILES}`,
  })
}
