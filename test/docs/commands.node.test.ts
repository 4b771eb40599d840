/** The commands that pages show are there, with the options that they are given. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { quadlane } from '../cli/harness.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const pages = (await readdir(join(ROOT, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md'))
const texts = await Promise.all(
  ['README.md', ...pages.map((name) => `docs/${name}`)].map((path) => readFile(join(ROOT, path), 'utf8')),
)
const lines = texts.flatMap((text) => [...text.matchAll(/npx quadlane (\w+)([^\n`#]*)/g)])
const shown = [...new Set(lines.map(([, command, options]) => `${command} ${options!.trim()}`.trim()))]

describe('the command line, as pages show it', () => {
  it('is shown often', () => {
    expect(shown.length).toBeGreaterThan(10)
  })

  it.each(shown)('quadlane %s', async (line) => {
    const [command = '', ...words] = line.split(/\s+/)
    const { code, stdout } = await quadlane(command === 'help' ? words[0]! : command, '--help')
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: quadlane ${command === 'help' ? words[0] : command}`)
    const options = words.filter((word) => word.startsWith('--')).map((word) => word.replace(/[.,;:]$/, ''))
    for (const option of options) expect(stdout).toMatch(new RegExp(`${option}[ ,\\n]`))
  })

  it('has every command on its page', async () => {
    const { stdout } = await quadlane('--help')
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) (?=[[<])/gm)].map(([, name]) => name!)
    expect(commands).toContain('train')
    const page = await readFile(join(ROOT, 'docs/cli.md'), 'utf8')
    for (const name of commands) expect(page).toContain(`quadlane ${name}`)
  })
})
