/**
 * What a page downloads, in bytes of gzip: measured on a page, bundled as its author would, and
 * on the file that holds all. `tsx scripts/sizes.ts` prints the sizes of what was last built, `tsx scripts/sizes.ts
 * --modules` besides what each module costs the page that trains a LeNet, and which others import it.
 */

import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'vite'

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

/** The same with a MobileNet, whose layers have a set of kernels of their own. */
const MOBILENET_PAGE = LENET_PAGE.replace(
  "train } from 'quadlane'",
  "train, zoo } from 'quadlane'\nglobalThis.mobileNet = () => zoo.mobileNet({ alpha: 0.25, classes: 10 })",
)

/**
 * The files of each format, and of the containers that they lie in; what they share with a page that trains, and the
 * library that unzips, is not counted.
 */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  Keras: ['keras', 'keras-config', 'keras-training', 'keras-optimizer'],
  'HDF5, in which it lies': ['hdf5', 'hdf5-writer'],
  ONNX: ['onnx', 'onnx-import', 'onnx-patterns'],
  'Protocol Buffers, in which it lies': ['protobuf', 'protobuf-writer'],
  PyTorch: ['pytorch', 'pickle'],
  safetensors: ['safetensors'],
  'layers-model': ['model-json', 'weight-specs', 'quantization'],
}

/** A page that may use anything. */
export const EVERYTHING_PAGE = "import * as quadlane from 'quadlane'\nglobalThis.quadlane = quadlane"

/** What we want, in bytes. It is not reached yet: the build says so. */
const WANTED = { lenet: 66_000, single: 130_000 } as const

/** What may not be exceeded on the way there: lower it with what is gained. */
export const LIMITS = { lenet: 85_800, single: 216_500 } as const

export interface Sizes {
  /** The script of a page that trains a LeNet, which is all that it loads. */
  readonly lenet: number
  /** The kernels among it. */
  readonly kernels: number
  /** A page that has a MobileNet besides. */
  readonly mobilenet: number
  /** A page with all of quadlane in its script. */
  readonly everything: number
  /** `quadlane.min.js`: all of quadlane. */
  readonly single: number
  /** Each file format, which is loaded with the first file of its kind. */
  readonly formats: Readonly<Record<string, number>>
}

const PAGE = join(ROOT, 'page.js')

/** A file of a bundled page. */
export interface Chunk {
  readonly fileName: string
  readonly code: string
  /** The code of each module that is in it, before it was made small. */
  readonly modules: Readonly<Record<string, { readonly code: string | null }>>
  readonly isEntry: boolean
  /** The names of those that it imports statically. */
  readonly imports: readonly string[]
}

/**
 * Bundles a page as Vite does out of the box; the built package is what it imports.
 * @param external which modules are left out
 * @param plugins what else looks at the modules
 */
export async function bundlePage(
  page: string,
  external: (id: string) => boolean = () => false,
  plugins: readonly Plugin[] = [],
): Promise<Chunk[]> {
  const built = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    build: { write: false, modulePreload: false, rolldownOptions: { input: PAGE, external } },
    plugins: [
      ...plugins,
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

/** A format's files alone: whatever else they import is left out. */
async function formatSize(files: readonly string[]): Promise<number> {
  const paths = files.map((file) => join(ROOT, `dist/browser/formats/${file}.js`))
  const page = paths.map((path, i) => `import * as f${i} from '${path}'\nglobalThis.f${i} = f${i}`).join('\n')
  const names = new Set(files.map((file) => `${file}.js`))
  return sum(await bundlePage(page, (id) => id !== PAGE && !names.has(basename(id))))
}

/**
 * What each module adds to the page that trains a LeNet, the largest first. Estimated on code whose names are as long as
 * they were: what the page would be smaller by without it.
 */
export async function formatModules(): Promise<string> {
  const importers = new Map<string, readonly string[]>()
  const note: Plugin = {
    name: 'importers',
    generateBundle() {
      for (const id of this.getModuleIds()) importers.set(id, this.getModuleInfo(id)?.importers ?? [])
    },
  }
  const chunks = eagerChunks(await bundlePage(LENET_PAGE, undefined, [note]))
  const modules = chunks.flatMap(({ modules }) =>
    Object.entries(modules).flatMap(([id, { code }]) => (code ? [{ id, code: withoutComments(code) }] : [])),
  )
  const short = (id: string): string => id.replace(/^.*\/(?:dist\/browser|node_modules)\//, '')
  const size = (without?: string): number =>
    gzipped(modules.flatMap(({ id, code }) => (id === without ? [] : [code])).join('\n'))
  const whole = size()
  return modules
    .map(({ id }) => ({ id, bytes: whole - size(id) }))
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ id, bytes }) => {
      const by = importers.get(id)!.filter((each) => modules.some((module) => module.id === each))
      return `${String(bytes).padStart(6)}  ${short(id)}  <- ${by.map(short).join(' ')}`
    })
    .join('\n')
}

function withoutComments(code: string): string {
  return code.replaceAll(/^\s*(?:\/\/.*|\/\*\*[\s\S]*?\*\/)\n/gm, '').replaceAll(/^\t+/gm, '')
}

export async function measureSizes(): Promise<Sizes> {
  return {
    lenet: await pageSize(LENET_PAGE),
    kernels: gzipped(await readFile(join(ROOT, 'src/runtime/wasm/core.ts'))),
    mobilenet: await pageSize(MOBILENET_PAGE),
    everything: await pageSize(EVERYTHING_PAGE),
    single: gzipped(await readFile(join(ROOT, 'dist/single/quadlane.min.js'))),
    formats: Object.fromEntries(
      await Promise.all(Object.entries(FORMATS).map(async ([name, files]) => [name, await formatSize(files)] as const)),
    ),
  }
}

export function formatSizes({ lenet, kernels, mobilenet, everything, single, formats }: Sizes): string {
  const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1).padStart(6)} kB`
  return [
    'a page downloads, minified and gzipped:',
    `${kB(lenet)}  to train a LeNet, of it ${kB(kernels).trim()} kernels (wanted ${WANTED.lenet / 1000})`,
    `${kB(mobilenet)}  with a MobileNet`,
    `${kB(everything)}  with all of quadlane bundled`,
    `${kB(single)}  as quadlane.min.js (wanted ${WANTED.single / 1000})`,
    'and with the first file of a format, beside the library that unzips:',
    ...Object.entries(formats).map(([name, bytes]) => `${kB(bytes)}  ${name}`),
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--modules')) console.log(await formatModules())
  console.log(formatSizes(await measureSizes()))
}
