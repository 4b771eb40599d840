/** What the page cannot know by itself. */

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { thisMachine } from '../../driver/machine.ts'
import { pagePeers } from '../../driver/page-peers.ts'
import type { Machine } from '../../driver/results.ts'

export interface Setup {
  /** The version of the Node that the page is compared with. */
  readonly node: string
  readonly machine: Machine
  /** The packages of peers that are there. */
  readonly installed: readonly string[]
}

export function setup(): Setup {
  const packages = pagePeers(1, '').map((peer) => peer.package)
  const installed = packages.filter((name) => existsSync(pathOf(`${name}/package.json`)))
  return { node: process.versions.node, machine: thisMachine(), installed }
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../peers/node_modules/${file}`, import.meta.url))
}
