/** ONNX Runtime, where it is installed: a development dependency with a folder of its own. */

import { createRequire } from 'node:module'

export interface OnnxRuntime {
  readonly Tensor: new (type: string, data: Float32Array, dims: readonly number[]) => object
  readonly InferenceSession: { create(model: Uint8Array | string): Promise<OnnxSession> }
}

export interface OnnxSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  run(feeds: object): Promise<Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }>>
}

/** Undefined where it is not installed, which is said. */
export function onnxRuntime(): OnnxRuntime | undefined {
  const require = createRequire(new URL('../formats/onnxruntime/package.json', import.meta.url))
  try {
    return require('onnxruntime-node') as OnnxRuntime
  } catch {
    console.log('skipped: what needs ONNX Runtime (npm ci --ignore-scripts --prefix test/formats/onnxruntime)')
    return undefined
  }
}

/** The outputs for inputs, each with its shape. */
export async function runOnnx(
  { Tensor, InferenceSession }: OnnxRuntime,
  model: Uint8Array,
  inputs: readonly { readonly values: Float32Array; readonly shape: readonly number[] }[],
): Promise<{ readonly values: Float32Array; readonly shape: readonly number[] }[]> {
  const session = await InferenceSession.create(model)
  const feeds = inputs.map(({ values, shape }, i) => [session.inputNames[i]!, new Tensor('float32', values, shape)])
  const results = await session.run(Object.fromEntries(feeds))
  return session.outputNames.map((name) => ({ values: results[name]!.data, shape: [...results[name]!.dims] }))
}
