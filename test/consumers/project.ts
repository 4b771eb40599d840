/** A fresh project with the packed package in it, in a folder far from the checkout. */

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Page, Program } from './consumers.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MINUTES = 60_000

/** Runs a command and gives its output; an error says both of its streams. */
export async function run(command: readonly string[], cwd: string): Promise<string> {
  const [file, ...args] = command
  // The checkout's settings of npm are not the user's, and Vite, which serves pages here, sets NODE_ENV.
  const own = ([name]: [string, unknown]): boolean => name.startsWith('npm_') || name === 'NODE_ENV'
  const env = Object.fromEntries(Object.entries(process.env).filter((entry) => !own(entry)))
  const options = { cwd, env, timeout: 5 * MINUTES, maxBuffer: 2 ** 26 }
  return promisify(execFile)(file!, args, options).then(
    ({ stdout }) => stdout,
    ({ message, stdout, stderr }) => {
      throw new Error([message, stdout, stderr].filter(Boolean).join('\n'))
    },
  )
}

/** Packs the package as it is published; gives a folder for projects and the tarball in it. */
export async function packPackage(): Promise<{ folder: string; tarball: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'quadlane-consumers-'))
  await run(['npm', 'pack', '--silent', '--pack-destination', folder], ROOT)
  return { folder, tarball: join(folder, (await readdir(folder))[0]!) }
}

/**
 * Makes a consumer's project: its files, those that all share, and what npm installs.
 * @returns the folder of the project
 */
export async function makeProject(consumer: Program | Page, folder: string, tarball: string): Promise<string> {
  const own = consumer.folder ?? consumer.name
  const project = join(folder, consumer.name.replaceAll(/\W+/g, '-'))
  await mkdir(project)
  const names = { 'step.js': consumer.kind === 'program' ? (consumer.step ?? 'step.js') : 'step.js' }
  for (const name of consumer.kind === 'page' ? ['step.js', 'main.js', 'index.html'] : ['step.js']) {
    await cp(join(HERE, 'shared', name), join(project, name === 'step.js' ? names[name] : name))
  }
  await cp(join(HERE, own), project, { recursive: true })
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline', '--loglevel=error']
  await run(['npm', 'install', ...quiet, tarball], project)
  await host(consumer, project)
  if (own === 'typescript' || (consumer.kind === 'page' && consumer.serve !== '.')) await build(project)
  return project
}

async function host(consumer: Program | Page, project: string): Promise<void> {
  if (consumer.kind !== 'page') return
  for (const [name, file] of Object.entries(consumer.hosts ?? {})) {
    await cp(join(project, 'node_modules/quadlane', file), join(project, name), { recursive: true })
  }
}

async function build(project: string): Promise<void> {
  await run(['npm', 'run', '--silent', 'build'], project)
  const outputs = (await readdir(project)).filter((name) => name.startsWith('dist'))
  // What a bundler of scripts leaves to its user: the page, and a module that TypeScript was told of alone.
  for (const output of outputs) {
    for (const name of ['index.html', 'step.js']) {
      await cp(join(project, name), join(project, output, name), { force: false }).catch(() => {})
    }
  }
}
