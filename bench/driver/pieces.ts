/**
 * The whole comparison in pieces of a few minutes, each of one kind of work and one number of threads, so that no system
 * with two threads is open while one thread is timed. What a piece finds takes its place in what is known already.
 */

import type { Comparison, SystemResult } from './results.ts'
import type { SystemSpec } from './system.ts'

export interface Piece {
  readonly name: string
  readonly threads: number
  /** What the names of its work begin with. */
  readonly items: readonly string[]
  /** Parts of the ids of systems that it is not for. */
  readonly without: readonly string[]
  /** Parts of the ids of those that it is for alone. */
  readonly only?: readonly string[]
}

/** Systems that take seconds for what others do in milliseconds. */
const SLOW = ['tfjs-cpu', 'jax-js', 'convnetjs', 'composed']
const LENET = ['train-lenet', 'predict-1']
const PRODUCTS = ['matmul-', 'conv2-', 'max-pool']
const NETWORKS = ['train-cifarnet', 'train-resnet20', 'train-mobilenet', 'predict-mobilenet', 'train-head']
/** A build of each kind, and what it is measured by. */
const NATIVE = ['quadlane-relaxed', 'quadlane-node', 'pytorch-nhwc']

export const PIECES: readonly Piece[] = [
  ...[1, 2].flatMap((threads): Piece[] => [
    { name: `lenet-${threads}`, threads, items: LENET, without: SLOW },
    {
      name: `networks-${threads}`,
      threads,
      items: NETWORKS,
      without: [...SLOW, 'chromium-quadlane', 'baseline', 'direct'],
    },
    { name: `ops-${threads}`, threads, items: ['op-'], without: ['direct', 'chromium'], only: NATIVE },
    { name: `products-${threads}`, threads, items: PRODUCTS, without: SLOW },
    { name: `cold-${threads}`, threads, items: ['cold-'], without: ['direct', 'chromium'], only: ['quadlane'] },
  ]),
  { name: 'slow', threads: 1, items: [...LENET, ...PRODUCTS], without: [], only: SLOW },
]

const hasPart = (text: string, parts: readonly string[]): boolean => parts.some((part) => text.includes(part))

export function isOfPiece({ threads, without, only }: Piece, spec: Pick<SystemSpec, 'id' | 'threads'>): boolean {
  return spec.threads === threads && !hasPart(spec.id, without) && (only === undefined || hasPart(spec.id, only))
}

export function hasItem({ items }: Piece, name: string): boolean {
  return items.some((part) => name.startsWith(part))
}

/** What was known, with the figures of a later comparison in the place of its own. */
export function merged(known: Comparison, later: Comparison): Comparison {
  const systems = new Map<string, SystemResult>(known.systems.map((system) => [system.id, system]))
  for (const system of later.systems) {
    const before = systems.get(system.id)
    systems.set(system.id, { ...system, items: { ...before?.items, ...system.items } })
  }
  return { ...later, ceilings: { ...known.ceilings, ...later.ceilings }, systems: [...systems.values()] }
}
