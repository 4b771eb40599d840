/** What the page times: quadlane here and in Node, and the peers, each in a frame of its own. */

import { type PagePeer, pagePeers } from '../../driver/page-peers.ts'
import type { ItemName } from '../../driver/results.ts'
import type { SystemSpec } from '../../driver/system.ts'
import { isCold, WORK } from '../../shared/work.mjs'
import { FrameWorker } from './frame.ts'
import { NodeProcess } from './node-process.ts'
import { ThreadWorker } from './thread.ts'

/** All but what starts a process. */
export const ITEMS = (Object.keys(WORK) as ItemName[]).filter((item) => !isCold(item))
export const PEER_ITEMS = ['train-lenet', 'predict-1', 'predict-128'] as const satisfies readonly ItemName[]

export const PAGE = 'page'
export const NODE = 'node'

/** Modules of Web Workers have no import map. */
const MODULE = '/dist/browser/index.js'
const MODELS = '/build/bench'

export interface QuadlaneArgs {
  readonly threads: number
  readonly simd: 'baseline' | 'relaxed'
  /** Whether to time it in a Web Worker, too. */
  readonly worker: boolean
  /** The version of Node. */
  readonly node: string
}

export function quadlaneSpecs({ threads, simd, worker, node }: QuadlaneArgs): SystemSpec[] {
  const parts = { family: 'quadlane', label: `quadlane ${simd}`, threads, system: 'quadlane' } as const
  const options = { threads, simd }
  const page: SystemSpec = { ...parts, id: PAGE, where: 'this page', start: () => FrameWorker.open(), options }
  const thread: SystemSpec = {
    ...parts,
    id: 'worker',
    where: 'Web Worker',
    start: async () => new ThreadWorker(),
    options: { ...options, module: MODULE },
  }
  const process: SystemSpec = {
    ...parts,
    id: NODE,
    where: `Node ${node}`,
    start: () => NodeProcess.start(simd),
    options,
  }
  return worker ? [page, thread, process] : [page, process]
}

export interface PeerChoice extends PagePeer, Pick<SystemSpec, 'only'> {
  /** What makes it not be chosen before a person does so. */
  readonly slow?: string
}

export function peerChoices(threads: number): PeerChoice[] {
  return pagePeers(threads, MODELS).flatMap((peer): PeerChoice[] => {
    if (peer.family === 'jax-js') return [{ ...peer, slow: 'half a minute for a training step' }]
    if (peer.family !== 'tfjs-wasm') return [peer]
    const composed: PeerChoice = {
      ...peer,
      id: `${peer.id}-composed`,
      label: `${peer.label} + our filter gradient`,
      options: { ...peer.options, compose: true },
      // The rest is the same as without.
      only: ['train-lenet'],
      slow: 'seconds for a training step',
    }
    return [peer, composed]
  })
}

export function peerSpec({ package: _, slow: __, ...peer }: PeerChoice): SystemSpec {
  return { ...peer, where: 'this page', start: () => FrameWorker.open() }
}
