/**
 * What a page downloads, in bytes of gzip: measured on a page, bundled as its author would, and
 * on the file that holds all.
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A page that trains the lecture's LeNet on images of its own. */
const LENET_PAGE = `
import { layers, sequential, train } from 'quadlane'

globalThis.learn = async (images, labels) => {
  const model = sequential({
    layers: [
      layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
      layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.dropout({ rate: 0.25 }),
      layers.flatten(),
      layers.dense({ units: 128, activation: 'relu' }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  })
  model.compile({ optimizer: train.adam(0.001), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  await model.fit(images, labels, { batchSize: 128, epochs: 3 })
  return model
}
`

/** The same with the layers of MobileNet, whose kernels are a set of their own. */
const MOBILENET_PAGE = LENET_PAGE.replace(
  "from 'quadlane'",
  "from 'quadlane'\nimport { depthwiseConv2d } from 'quadlane'\nglobalThis.convolve = depthwiseConv2d",
)

/** A page that may use anything. */
export const EVERYTHING_PAGE = "import * as quadlane from 'quadlane'\nglobalThis.quadlane = quadlane"

/** The most bytes that are allowed. */
export const LIMITS = { lenet: 66_000, single: 130_000 } as const

export interface Sizes {
  /** The script of a page that trains a LeNet, which is all that it loads. */
  readonly lenet: number
  /** The kernels among it, in two builds. */
  readonly kernels: number
  /** A page that has layers of MobileNet besides. */
  readonly mobilenet: number
  /** A page with all of quadlane in its script. */
  readonly everything: number
  /** `quadlane.min.js`: all of quadlane. */
  readonly single: number
}

const PAGE = join(ROOT, 'page.js')

/** A file of a bundled page. */
export interface Chunk {
  readonly fileName: string
  readonly code: string
  readonly isEntry: boolean
  /** The names of those that it imports statically. */
  readonly imports: readonly string[]
}

/** Bundles a page as Vite does out of the box; the built package is what it imports. */
export async function bundlePage(page: string): Promise<Chunk[]> {
  const built = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    build: { write: false, modulePreload: false, rolldownOptions: { input: PAGE } },
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === PAGE ? id : undefined),
        load: (id) => (id === PAGE ? page : undefined),
      },
    ],
  })
  const outputs = Array.isArray(built) ? built : [built]
  return outputs
    .flatMap((each) => ('output' in each ? each.output : []))
    .flatMap((file) => (file.type === 'chunk' ? [file] : []))
}

/** What is loaded at once: the entry and whatever it imports statically. */
export function eagerChunks(chunks: readonly Chunk[]): Chunk[] {
  const found = new Set<Chunk>()
  const visit = (chunk: Chunk | undefined): void => {
    if (chunk === undefined || found.has(chunk)) return
    found.add(chunk)
    for (const imported of chunk.imports) visit(chunks.find(({ fileName }) => fileName === imported))
  }
  for (const chunk of chunks) if (chunk.isEntry) visit(chunk)
  return [...found]
}

function gzipped(content: string | Uint8Array): number {
  return gzipSync(content, { level: 9 }).length
}

function sum(chunks: readonly Chunk[]): number {
  return chunks.reduce((bytes, { code }) => bytes + gzipped(code), 0)
}

async function pageSize(page: string): Promise<number> {
  return sum(eagerChunks(await bundlePage(page)))
}

export async function measureSizes(): Promise<Sizes> {
  return {
    lenet: await pageSize(LENET_PAGE),
    kernels: gzipped(await readFile(join(ROOT, 'src/runtime/wasm/core.ts'))),
    mobilenet: await pageSize(MOBILENET_PAGE),
    everything: await pageSize(EVERYTHING_PAGE),
    single: gzipped(await readFile(join(ROOT, 'dist/single/quadlane.min.js'))),
  }
}

export function formatSizes({ lenet, kernels, mobilenet, everything, single }: Sizes): string {
  const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1).padStart(6)} kB`
  return [
    'a page downloads, minified and gzipped:',
    `${kB(lenet)}  to train a LeNet, of it ${kB(kernels).trim()} kernels (limit ${LIMITS.lenet / 1000})`,
    `${kB(mobilenet)}  with the layers of MobileNet`,
    `${kB(everything)}  with all of quadlane bundled`,
    `${kB(single)}  as quadlane.min.js (limit ${LIMITS.single / 1000})`,
  ].join('\n')
}
