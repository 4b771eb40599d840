/** Models from one format to another on the command line, and what is said of them. */

import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { zoo } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { toPyTorch } from '../../src/model/to-pytorch.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { quadlane, testFolder, tinyMnist } from './harness.ts'

const folder = await testFolder()
const mnist = await tinyMnist(folder)
const model = join(folder, 'model')
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  await init()
  const made = zoo.lenet5({ seed: 1 })
  made.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
  await made.save(`file://${model}`)
  const other = zoo.lenet5({ seed: 2 })
  await writeFile(at('other.pt'), toPyTorch(other).files['model.pt']!)
  await other.save(`file://${at('other')}`)
  shutdown()
})
afterAll(shutdown)

const PARAMETERS = '61,706 parameters'

describe('convert', () => {
  it('goes through every format, and comes back to the same bytes', async () => {
    const ways = [
      [model, at('a.keras')],
      [at('a.keras'), at('back')],
      [at('a.keras'), at('a.onnx')],
      [at('a.onnx'), at('b.keras')],
      [model, at('a.h5')],
      [at('a.h5'), at('c.keras')],
      [model, at('a.safetensors')],
    ] as const
    for (const [from, to] of ways) {
      const outcome = await quadlane('convert', from, to)
      expect(outcome).toMatchObject({ code: 0, stderr: '' })
      expect(outcome.stdout).toContain(PARAMETERS)
    }
    const weights = async (dir: string): Promise<Buffer> => readFile(join(dir, 'weights.bin'))
    expect(await weights(at('back'))).toEqual(await weights(model))
  })

  it.each(['convert', 'summary', 'evaluate', 'predict'])('%s says what is left behind, once', async (command) => {
    const json = JSON.parse(await readFile(join(model, 'model.json'), 'utf8')) as { trainingConfig: { loss: string } }
    json.trainingConfig.loss = 'focal'
    await writeFile(at('odd.json'), JSON.stringify(json))
    await copyFile(join(model, 'weights.bin'), at('weights.bin'))
    vi.mocked(console.warn).mockClear()
    const rest = command === 'convert' ? [at('odd.keras')] : command === 'summary' ? [] : ['--data', mnist]
    const { code, stdout, stderr } = await quadlane(command, at('odd.json'), ...rest)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.match(/not compiled, since it has 'focal'/g)).toHaveLength(1)
    expect(stdout).toMatch(/^Note: not compiled/m)
    expect(console.warn).not.toHaveBeenCalled()
  })

  it('says what quantising costs on data', async () => {
    const outcome = await quadlane('convert', model, at('small'), '--quantize', 'uint8', '--data', mnist)
    expect(outcome.code).toBe(0)
    expect(outcome.stdout).toMatch(/^uint8: accuracy \d+\.\d\d %, before \d+\.\d\d %, on 3 images of /m)
    const bytes = async (dir: string): Promise<number> => (await readFile(join(dir, 'weights.bin'))).length
    expect(await bytes(at('small'))).toBe((await bytes(model)) / 4)
  })

  it('writes PyTorch, and takes weights from there', async () => {
    const outcome = await quadlane('convert', model, '--to', 'pytorch', at('torch'))
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(outcome.stdout).toContain(`: model.py, model.pt, train.py; ${PARAMETERS}`)
    expect((await readdir(at('torch'))).sort()).toEqual(['model.pt', 'model.py', 'train.py'])
    expect(await quadlane('convert', model, at('trained'), '--weights', at('other.pt'))).toMatchObject({ code: 0 })
    const [trained, other] = await Promise.all(
      ['trained', 'other'].map((name) => readFile(join(at(name), 'weights.bin'))),
    )
    expect(trained).toEqual(other)
  })

  it.each([
    [['model.pb'], "expected a folder, or a file that ends in .keras, .h5, .onnx or .safetensors, received 'model.pb'"],
    [['model.pt'], "received 'model.pt' — quadlane convert MODEL --to pytorch DIR"],
    [['a.keras', '--quantize', 'uint8'], "convert: expected a folder with --quantize, received 'a.keras'"],
    [['a.pt', '--to', 'pytorch'], "convert: expected a folder with --to pytorch, received 'a.pt'"],
    [['dir', '--to', 'tflite'], "convert: expected --to to be one of pytorch, received 'tflite'"],
    [['dir', '--data', 'digits'], 'convert: expected --quantize with --data, received --data digits alone'],
  ])('refuses %s in one line', async (rest, text) => {
    const { code, stdout, stderr } = await quadlane('convert', model, ...rest)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.trim()).toContain(text)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('refuses a file that is no model', async () => {
    await writeFile(at('text.keras'), 'no model')
    const { code, stderr } = await quadlane('convert', at('text.keras'), at('never'))
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^quadlane: .*text\.keras: expected a model of Keras .* received text that begins 'no model'\n$/,
    )
    expect((await quadlane('convert', at('missing.keras'), at('never'))).stderr).toMatch(/no such file or directory/)
  })
})

describe('summary', () => {
  it('tells who wrote a file', async () => {
    const { code, stdout } = await quadlane('summary', at('a.keras'))
    expect(code).toBe(0)
    expect(stdout).toContain('Total params: 61,706\n')
    expect(stdout).toMatch(/^From: Keras 3\.8\.0$/m)
    expect((await quadlane('summary', at('a.onnx'))).stdout).toMatch(/^From: ONNX opset 17, quadlane/m)
  })
})

describe('evaluate and predict', () => {
  it('take files of any format', async () => {
    const folderFirst = await quadlane('evaluate', model, '--data', mnist)
    expect(folderFirst.code).toBe(0)
    for (const file of ['a.keras', 'a.onnx']) {
      const outcome = await quadlane('evaluate', at(file), '--data', mnist)
      expect(outcome.code).toBe(0)
      expect(outcome.stdout.split('\n').slice(1, 3)).toEqual(folderFirst.stdout.split('\n').slice(1, 3))
      expect(await quadlane('predict', at(file), '--data', mnist)).toMatchObject({ code: 0 })
    }
  })
})
