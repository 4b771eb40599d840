/** The peers that run in pages: what the driver and the benchmark page tell their modules. */

import type { SystemSpec } from './system.ts'

export interface PagePeer extends Pick<SystemSpec, 'id' | 'family' | 'label' | 'threads' | 'system' | 'options'> {
  /** The package without which it does not run, in bench/peers. */
  readonly package: string
}

/** @param models the address of the folder with the models */
export function pagePeers(threads: number, models: string): PagePeer[] {
  return [
    {
      id: 'onnxruntime-web',
      family: 'onnxruntime-web',
      label: 'onnxruntime-web',
      threads,
      system: 'ort',
      options: { runtime: 'onnxruntime-web', threads, models },
      package: 'onnxruntime-web',
    },
    {
      id: 'tfjs-wasm',
      family: 'tfjs-wasm',
      label: 'TF.js wasm',
      threads,
      system: 'tfjs',
      options: { backend: 'wasm', threads, compose: false, models },
      package: '@tensorflow/tfjs-backend-wasm',
    },
    {
      id: 'jax-js',
      family: 'jax-js',
      label: 'jax-js wasm',
      threads,
      system: 'jax',
      options: { threads },
      package: '@jax-js/jax',
    },
  ]
}
