/**
 * The compiled module that is to run: the build that fits the engine out of those that are built in, or what a page gives
 * instead.
 */

import { platform } from '#platform'
import { ArgumentError, RuntimeUnavailableError, show } from '../errors.ts'
import type { BuildName, BuiltInSet } from './builds.ts'
import { compileBuild, compileBuildAsync } from './load.ts'
import type { Features } from './probe.ts'

/** What may be said of the build: 'baseline' is 'simd'. */
export const SIMD_CHOICES = ['auto', 'wide', 'relaxed', 'baseline'] as const
export type SimdChoice = (typeof SIMD_CHOICES)[number]

export type WasmFile = string | URL | Response | ArrayBuffer | ArrayBufferView<ArrayBuffer>

/**
 * Where the kernels come from. A URL that ends in `/` is a folder with the files of `quadlane/wasm`, out of which the
 * right one is taken; any other is one of these files. A `Response` or bytes are the content of one, and a module is
 * one that is compiled already.
 */
export type WasmSource = WasmFile | WebAssembly.Module

export interface ModuleOptions {
  readonly simd?: SimdChoice | undefined
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

/**
 * Compiles the module for the options, out of `set` where none is given.
 * @param shared whether a shared memory is wanted; a module that is given compiled may be for the other kind
 */
export async function compileModule(
  who: string,
  set: BuiltInSet,
  { simd = 'auto', wasm }: ModuleOptions,
  features: Features,
  shared: boolean,
): Promise<KernelModule> {
  const { build, reason } = chooseBuild(who, simd, features)
  if (wasm === undefined) return { module: await compileBuildAsync(set, build, shared), build, shared, reason }
  const { givenModule } = await import('./on-demand.ts')
  const given = await givenModule(who, wasm, build, features, shared)
  if (simd !== 'auto' && given.build !== build) {
    const received = `simd: ${show(simd)} and kernels.${given.build}.wasm`
    throw new ArgumentError({ who, expected: 'a wasm of the build that simd asks for', received })
  }
  return { ...given, reason: given.build === build ? reason : '' }
}

/**
 * The same at once, which takes what is built in.
 * @throws RangeError where the engine refuses to compile without waiting
 */
export function compileModuleSync(
  who: string,
  set: BuiltInSet,
  simd: SimdChoice,
  features: Features,
  shared: boolean,
): KernelModule {
  const { build, reason } = chooseBuild(who, simd, features)
  return { module: compileBuild(set, build, shared), build, shared, reason }
}

function chooseBuild(who: string, simd: SimdChoice, features: Features): { build: BuildName; reason: string } {
  if (!features.simd) {
    throw new RuntimeUnavailableError({
      who,
      expected: 'an engine with 128-bit WebAssembly SIMD (Chrome 91, Firefox 113, Safari 16.4, Node 16.4)',
      received: 'one without',
    })
  }
  if (simd === 'baseline') return { build: 'simd', reason: '' }
  if (features.relaxed) {
    const build = simd === 'wide' || (simd === 'auto' && platform.revectorizes) ? 'wide' : 'relaxed'
    return { build, reason: '' }
  }
  if (simd !== 'auto') {
    throw new RuntimeUnavailableError({
      who,
      expected: `an engine with relaxed SIMD for simd: '${simd}'`,
      received: 'one without',
      hint: "use simd: 'auto', or start Node 20 with --experimental-wasm-relaxed-simd",
    })
  }
  return { build: 'simd', reason: 'the engine has no relaxed SIMD' }
}
