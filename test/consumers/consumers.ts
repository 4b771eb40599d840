/**
 * Who uses the package: a folder here for each, with what it needs besides. A page is built by `npm run build`, where
 * there is such a script, and opened in a browser; a program is run.
 */

interface Consumer {
  readonly name: string
  /** The folder of its files, where it is not its name. */
  readonly folder?: string
}

export interface Program extends Consumer {
  readonly kind: 'program'
  /** The command, beginning with the path of a program in the project, or one that is installed. */
  readonly command: readonly string[]
  /** What `shared/step.js` is called there. */
  readonly step?: string
}

export interface Page extends Consumer {
  readonly kind: 'page'
  /** The folder that is served; built or as it is. */
  readonly serve: string
  /** Whether it is served by `vite dev`, which bundles what it is asked for. */
  readonly dev?: boolean
  /** Files of the installed package that the page hosts, by where it has them. */
  readonly hosts?: Readonly<Record<string, string>>
  /** How many threads it can have at most. */
  readonly threads?: number
}

const CLASSIC = { 'quadlane.iife.min.js': 'dist/single/quadlane.iife.min.js' }
const SINGLE = { 'quadlane.min.js': 'dist/single/quadlane.min.js' }

export const CONSUMERS: readonly (Program | Page)[] = [
  { kind: 'program', name: 'Node, import', folder: 'node-esm', command: ['node', 'run.js'] },
  { kind: 'program', name: 'Node, require', folder: 'node-require', command: ['node', 'run.js'], step: 'step.mjs' },
  {
    kind: 'program',
    name: 'TypeScript, node16 and bundler',
    folder: 'typescript',
    command: ['node', 'dist-node16/sample.js'],
  },
  { kind: 'program', name: 'Jest', folder: 'jest', command: ['node_modules/.bin/jest'], step: 'step.mjs' },
  {
    kind: 'program',
    name: 'Jest in jsdom',
    folder: 'jest-jsdom',
    command: ['node_modules/.bin/jest'],
    step: 'step.mjs',
  },
  { kind: 'program', name: 'Bun', folder: 'bun', command: ['node_modules/.bin/bun', 'run.js'] },
  {
    kind: 'program',
    name: 'Deno',
    folder: 'deno',
    command: ['node_modules/.bin/deno', 'run', '--allow-all', 'run.js'],
  },
  { kind: 'page', name: 'Vite, dev', folder: 'vite', serve: '.', dev: true },
  { kind: 'page', name: 'Vite, build', folder: 'vite', serve: 'dist' },
  { kind: 'page', name: 'webpack', serve: 'dist' },
  { kind: 'page', name: 'esbuild', serve: 'dist' },
  { kind: 'page', name: 'Rollup', folder: 'rollup', serve: 'dist' },
  { kind: 'page', name: 'Parcel', folder: 'parcel', serve: 'dist' },
  { kind: 'page', name: 'plain page', folder: 'html', serve: '.', hosts: SINGLE },
  { kind: 'page', name: 'page with a worker', folder: 'worker', serve: '.', hosts: SINGLE },
  { kind: 'page', name: 'page with a classic script', folder: 'script', serve: '.', hosts: CLASSIC },
  { kind: 'page', name: 'page with a classic worker', folder: 'script-worker', serve: '.', hosts: CLASSIC },
  // A service worker can start no workers of its own.
  { kind: 'page', name: 'service worker', folder: 'service-worker', serve: '.', hosts: SINGLE, threads: 1 },
  {
    kind: 'page',
    name: 'page with a strict policy',
    folder: 'policy',
    serve: '.',
    hosts: { ...SINGLE, wasm: 'dist/wasm' },
  },
]
