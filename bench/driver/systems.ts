/** The systems of the comparison on this machine, in the order of the table. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { coldStart } from './cold-start.ts'
import { type NodeKind, nodeKinds } from './node-kinds.ts'
import { NodeWorker, PythonWorker } from './process-worker.ts'
import type { SystemSpec } from './system.ts'

const NO_LIFTOFF = '--no-liftoff'
const THREADS = [1, 2]
const CONV2 = ['train-lenet', 'conv2-forward', 'conv2-input-gradient', 'conv2-filter-gradient']

export interface SystemsArgs {
  /** The address of the folder with the models. */
  readonly models: string
}

/** All that run outside of a browser. */
export async function nodeSystems({ models }: SystemsArgs): Promise<SystemSpec[]> {
  const kinds = await nodeKinds()
  const [first] = kinds
  const quadlane = kinds.flatMap((kind) => THREADS.map((threads) => quadlaneSpec(kind, threads)))
  const direct = kinds.map((kind) => quadlaneSpec(kind, 1, 'direct'))
  const python = await findPython()
  return [
    ...quadlane,
    ...direct,
    ...(['nhwc', 'nchw'] as const).flatMap((layout) => THREADS.map((threads) => pytorchSpec(python, layout, threads))),
    ...(['onnxruntime-node', 'onnxruntime-web'] as const).flatMap((runtime) =>
      THREADS.map((threads) => ortSpec(first!, runtime, threads, models)),
    ),
    tfjsSpec(first!, 'wasm', true, models),
    tfjsSpec(first!, 'wasm', false, models),
    tfjsSpec(first!, 'cpu', false, models),
    peerSpec(first!, { id: 'jax-js', family: 'jax-js', label: 'jax-js wasm', system: 'jax', options: { threads: 1 } }, [
      NO_LIFTOFF,
    ]),
    peerSpec(first!, { id: 'convnetjs', family: 'convnetjs', label: 'ConvNetJS', system: 'convnet', options: {} }),
  ]
}

function quadlaneSpec(kind: NodeKind, threads: number, conv?: 'direct'): SystemSpec {
  const { id, where, execPath, execArgv, simd } = kind
  return {
    id: `quadlane-${id}${conv === undefined ? '' : `-${conv}`}-t${threads}`,
    family: 'quadlane',
    label: `quadlane ${simd}${conv === undefined ? '' : `, ${conv} convolutions`}`,
    where,
    threads,
    start: async () => new NodeWorker(execPath, execArgv),
    system: 'quadlane',
    options: { threads, simd, ...(conv === undefined ? {} : { conv }) },
    ...(conv === undefined ? { cold: (item) => coldStart(kind, threads, item) } : { only: CONV2 }),
  }
}

type PeerParts = Pick<SystemSpec, 'id' | 'family' | 'label' | 'system' | 'options'>

function peerSpec({ where, execPath }: NodeKind, parts: PeerParts, execArgv: string[] = [], threads = 1): SystemSpec {
  return { ...parts, where, threads, start: async () => new NodeWorker(execPath, execArgv) }
}

function ortSpec(
  node: NodeKind,
  runtime: 'onnxruntime-node' | 'onnxruntime-web',
  threads: number,
  models: string,
): SystemSpec {
  const options = { runtime, threads, models }
  const parts = { id: `${runtime}-t${threads}`, family: runtime, label: runtime, system: 'ort', options }
  const spec = peerSpec(node, parts, [], threads)
  return runtime === 'onnxruntime-node' ? { ...spec, where: 'native' } : spec
}

function tfjsSpec(node: NodeKind, backend: 'wasm' | 'cpu', compose: boolean, models: string): SystemSpec {
  const [id, label] = compose
    ? [`tfjs-${backend}-composed`, `TF.js ${backend} + our filter gradient`]
    : [`tfjs-${backend}`, `TF.js ${backend}`]
  const options = { backend, threads: 1, compose, models }
  const spec = peerSpec(node, { id, family: `tfjs-${backend}`, label, system: 'tfjs', options })
  return compose ? { ...spec, only: ['train-lenet', 'train-lenet5', 'conv2-filter-gradient'] } : spec
}

function pytorchSpec(python: string | undefined, layout: 'nhwc' | 'nchw', threads: number): SystemSpec {
  return {
    id: `pytorch-${layout}-t${threads}`,
    family: 'pytorch',
    label: layout === 'nhwc' ? 'PyTorch, channels_last' : 'PyTorch, NCHW',
    where: 'native',
    threads,
    start: async () => {
      if (python === undefined) throw new Error('no python3 that imports torch (Debian: python3-torch)')
      return new PythonWorker(python, threads, layout)
    },
    system: 'pytorch',
    options: {},
  }
}

/** The first Python that has PyTorch. */
async function findPython(): Promise<string | undefined> {
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      await promisify(execFile)(python, ['-c', 'import torch'])
      return python
    } catch {
      // Not this one.
    }
  }
  return undefined
}
