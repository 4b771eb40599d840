/** Each example runs as its page says, and prints what it is there for. */

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseOptions } from '../../examples/helpers/options.ts'
import { bar, beside, matrixText, tableText } from '../../examples/helpers/text.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const run = (name: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', `examples/${name}.ts`, ...args], { cwd: ROOT })

describe('the examples', { timeout: 120_000 }, () => {
  it('convolution-steps', async () => {
    const { stdout } = await run('convolution-steps')
    expect(stdout.match(/^Step \d: /gm)).toHaveLength(9)
    expect(stdout).toContain('   0[1 1 1]0         1 1 1       1 0 1       1 0 1         4 3 4')
    expect(stdout.match(/ = \d$/gm)?.map((end) => end.at(-1))).toEqual([...'434243234'])
    expect(stdout).toContain("conv2d(image, kernel, 1, 'valid') gives the same:\n\n   4 3 4\n   2 4 3\n   2 3 4\n")
    expect(stdout).toContain('That image would give:\n\n   4 3 4\n   2 4 4\n   2 3 4\n')
  })

  it('rgb-convolution', async () => {
    const { stdout } = await run('rgb-convolution')
    expect(stdout.match(/sum -?\d+/g)).toEqual(['sum 308', 'sum -498', 'sum 164'])
    expect(stdout).toContain('308 + (-498) + 164 + 1 (bias) = -25')
    expect(stdout).toContain('top left -25, by hand -25')
  })

  it('padding-and-stride', async () => {
    const { stdout } = await run('padding-and-stride')
    expect(stdout.match(/^\d\. .*$/gm)).toHaveLength(7)
    expect(stdout).toContain('(6 − 3 + 2·1) / 2 + 1 = 3.5, rounded down to 3: the kernel begins at columns 1, 3, 5')
    expect(stdout).toContain('   6 / 2, rounded up, is 3: 1 line of zeros, 0 before, 1 after')
    expect(stdout).toMatch(/^ {2}valid, stride 2 +13×13 +12×12 +11×11$/m)
  })

  it('pooling', async () => {
    const { stdout } = await run('pooling')
    expect(stdout.match(/maximum \d+/g)?.map((text) => Number(text.slice(8)))).toEqual([
      9, 8, 19, 8, 3, 3, 3, 3, 3, 3, 3, 2, 3,
    ])
    expect(stdout.match(/'valid'\) agrees/g)).toHaveLength(2)
    expect(stdout).toContain('Depth is kept: [1, 24, 24, 64] becomes [1, 12, 12, 64]')
  })

  it('parameter-counts', async () => {
    const { stdout } = await run('parameter-counts')
    expect(stdout).toMatch(/^ {2}a dense neuron +785 +120,001$/m)
    expect(stdout).toMatch(/^ {2}dense 64 +50,240 +7,680,064$/m)
    expect(stdout).toMatch(/^ {2}conv2d 64 @ 3×3 +640 +1,792$/m)
    expect(stdout).toMatch(/^ {2}lenet +18,816 +1,181,066 +1,199,882$/m)
    expect(stdout).toContain('Total params: 1,199,882')
  })

  it('shift-experiment', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quadlane-shift-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const out = join(folder, 'shift.svg')
    const sizes = ['--train', '60', '--test', '20', '--epochs', '1', '--shifts', '1']
    const { stdout, stderr } = await run('shift-experiment', ...sizes, '--out', out)
    expect(stdout).toContain('One pixel to the right: 20 of the 144 inputs of a flattened image change.')
    expect(stdout.match(/^ {2}[01] px +\d+\.\d % +\d+\.\d %$/gm)).toHaveLength(2)
    expect(stderr).toMatch(/^mlp: epoch 1 of 1, loss \d/m)
    expect(stderr).toMatch(/^lenet: epoch 1 of 1, loss \d/m)
    const svg = readFileSync(out, 'utf8')
    expect(svg.match(/aria-label="line"/g)).toHaveLength(2)
    expect(svg).toContain('>lenet</text>')
  })

  it('a wrong option is refused in one line', async () => {
    await expect(run('shift-experiment', '--train', '-3')).rejects.toMatchObject({ code: 2 })
    await expect(run('shift-experiment', '--epochs', 'ten')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--epochs: expected a whole number above 0, received 'ten'\nOptions: [--train"),
    })
  })
})

describe('options', () => {
  it('keep their defaults and their types', () => {
    const defaults = { epochs: 3, out: '' }
    expect(parseOptions([], defaults)).toEqual(defaults)
    expect(parseOptions(['--out', '7', '--epochs', '7'], defaults)).toEqual({ epochs: 7, out: '7' })
    expect(() => parseOptions(['--epoch', '7'], defaults)).toThrow("Unknown option '--epoch'")
  })
})

describe('text', () => {
  it('a matrix, with a window and with what is not known yet', () => {
    expect(
      matrixText([
        [1, 10],
        [Number.NaN, -3],
      ]),
    ).toEqual(['  1 10 ', '  · -3 '])
    const window = { row: 0, column: 1, height: 1, width: 1 }
    expect(
      matrixText(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        { window },
      ),
    ).toEqual([' 1[2]3 ', ' 4 5 6 '])
  })

  it('blocks side by side', () => {
    expect(beside(['a', 'bb', 'c'], '×', ['d'])).toEqual(['a', 'bb  ×  d', 'c'])
  })

  it('a table', () => {
    expect(tableText(['size', 'n'], [['3×3', '100']])).toEqual(['size    n', '─────────', '3×3   100'])
  })

  it('a bar, to an eighth of a character', () => {
    expect([0, 0.5, 1, 2, 0.55].map((share) => bar(share, 10))).toEqual([
      '',
      '█'.repeat(5),
      '█'.repeat(10),
      '█'.repeat(10),
      '█████▌',
    ])
    expect(bar(1 / 16, 2)).toBe('▏')
  })
})
