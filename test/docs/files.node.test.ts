/** Every line of docs/files.md that can be pasted runs as it stands, on files of the kind that its row is about. */

import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type LayersModel, loadModel, type Tensor, tensor, zoo } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { modelBytes } from '../../src/model/save-file.ts'
import { toPyTorch } from '../../src/model/to-pytorch.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { quadlane, tinyMnist } from '../cli/harness.ts'
import { uniform } from '../helpers/random.ts'

const page = await readFile(fileURLToPath(new URL('../../docs/files.md', import.meta.url)), 'utf8')

/** The rows of the page's tables: the first cell, and what stands as code in the second. */
const rows = [...page.matchAll(/^\| ([^|]+) \| `([^`]+)` \|/gm)].map(([, name, line]) => ({ name: name!, line: line! }))
const commands = [...page.matchAll(/^npx quadlane ([^\n#]+)/gm)].map(([, line]) => line!.trim())
/** Lines of JavaScript in blocks, and within other cells and sentences. */
const others = [
  ...[...page.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, lines]) => lines!.trim()),
  ...[...page.matchAll(/`(await [^`]+)`/g)]
    .map(([, line]) => line!)
    .filter((line) => !rows.some((row) => row.line === line)),
]

const start = process.cwd()
let folder = ''

const make = (seed: number): LayersModel => zoo.lenet5({ seed })
const x = (): Tensor => tensor(uniform(784, 1), [1, 28, 28, 1])
const predicted = (model: LayersModel): number[] => [...model.predict<Tensor>(x()).dataSync()]

/** Each row by its name: the file that its line reads, written before; or what must be there behind it. */
const FROM: Readonly<Record<string, (model: LayersModel) => Promise<void>>> = {
  'Keras 2.12 to 3 (`.keras`)': async (model) => void (await model.save('file://model.keras')),
  'Keras 1 and 2 (`.h5`)': async (model) => void (await model.save('file://model.h5')),
  'TF.js, Teachable Machine': async (model) => void (await model.save('file://folder')),
  'PyTorch, by ONNX': async (model) => void (await model.save('file://model.onnx')),
  'scikit-learn, tf2onnx, keras2onnx': async (model) => void (await model.save('file://model.onnx')),
  "PyTorch's `state_dict`": (model) => writeFile('weights.pth', toPyTorch(model).files['model.pt']!),
  safetensors: async (model) => writeFile('weights.safetensors', await modelBytes(model, '.safetensors')),
  "Keras's weights alone": async (model) => void (await model.save('file://model.weights.h5')),
}

/** What a line leaves, and what is read from it: a model, weights alone, or nothing that quadlane reads. */
const TO: Readonly<Record<string, readonly [file: string, reads: 'model' | 'weights']>> = {
  'TF.js, quadlane': ['folder/model.json', 'model'],
  'Keras 3': ['model.keras', 'model'],
  'Keras 2': ['model.h5', 'model'],
  PyTorch: ['torch/model.pt', 'weights'],
  'ONNX Runtime': ['model.onnx', 'model'],
  'anything that reads safetensors': ['weights.safetensors', 'weights'],
}

/** Runs a line of JavaScript as a module has it, in which `model` may be made. */
async function paste(line: string, model?: LayersModel): Promise<unknown> {
  const body = line.replace(/^const model = /, 'return ').replace(/^await /, 'return await ')
  const run = new Function('loadModel', 'model', `return (async () => { ${body} })()`) as (
    load: typeof loadModel,
    given: LayersModel | undefined,
  ) => Promise<unknown>
  return run(loadModel, model)
}

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  await init({ simd: 'baseline' })
  folder = await mkdtemp(join(tmpdir(), 'quadlane-files-'))
  await rename(await tinyMnist(folder), join(folder, 'mnist'))
  process.chdir(folder)
})
afterAll(async () => {
  process.chdir(start)
  await rm(folder, { recursive: true, force: true })
  shutdown()
})

function words(line: string): string[] {
  return line.replace(/^npx quadlane /, '').split(/\s+/)
}

describe('docs/files.md', () => {
  it('has no line that is not run here', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...Object.keys(FROM), ...Object.keys(TO)].sort())
    expect(page.match(/^\| (?!From|To )/gm)).toHaveLength(rows.length)
    const inline = [...page.matchAll(/`(npx quadlane [^`]+)`/g)].map(([, line]) => line!)
    for (const line of inline) expect(rows.map((row) => row.line)).toContain(line)
    expect(commands).toHaveLength(page.match(/npx quadlane/g)!.length - inline.length)
    expect(others).toEqual(["import { loadModel } from 'quadlane'", 'await model.toKeras()', 'await model.toONNX()'])
  })

  it.each(rows.filter(({ name }) => name in FROM))('from $name: $line', async ({ name, line }) => {
    const model = make(1)
    const expected = predicted(model)
    await FROM[name]!(model)
    const own = make(2)
    const loaded = line.startsWith('const') ? ((await paste(line)) as LayersModel) : own
    if (loaded === own) await paste(line, own)
    expect(line).toMatch(/^(const model = await loadModel|await model\.loadWeights)\('/)
    predicted(loaded).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6)
    })
  })

  it.each(rows.filter(({ name }) => name in TO))('to $name: $line', async ({ name, line }) => {
    const model = make(3)
    const expected = predicted(model)
    const [file, reads] = TO[name]!
    await rm(file, { force: true })
    if (line.startsWith('npx')) {
      await model.save('file://model.keras')
      expect(await quadlane(...words(line))).toMatchObject({ code: 0, stderr: '' })
    } else await paste(line, model)
    const own = make(4)
    if (reads === 'weights') await own.loadWeights(file)
    predicted(reads === 'weights' ? own : await loadModel(file)).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6)
    })
  })

  it.each(others.filter((line) => line.startsWith('await')))('%s gives the bytes', async (line) => {
    const model = make(5)
    const loaded = await loadModel((await paste(line, model)) as Uint8Array)
    predicted(loaded).forEach((value, i) => {
      expect(value).toBeCloseTo(predicted(model)[i]!, 6)
    })
  })

  it.each(commands)('quadlane %s', async (line) => {
    const model = make(6)
    for (const file of ['model.keras', 'model.onnx', 'model.h5', 'folder']) await model.save(`file://${file}`)
    await mkdir('torch', { recursive: true })
    await writeFile('torch/trained.pt', toPyTorch(model).files['model.pt']!)
    expect(await quadlane(...words(line))).toMatchObject({ code: 0, stderr: '' })
  })
})
