/** What `npm pack` gives, as the tools that judge packages see it, and what a page has to download of it. */

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { bundlePage, EVERYTHING_PAGE, eagerChunks, formatSizes, LIMITS, measureSizes } from '../../scripts/sizes.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

let folder = ''
let tarball = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quadlane-pack-'))
  await run('npm', ['pack', '--pack-destination', folder, '--silent'], { cwd: ROOT })
  tarball = join(folder, (await readdir(folder))[0]!)
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the package', () => {
  it('has what a user needs and nothing else', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball])
    const files = stdout.trim().split('\n')
    const top = new Set(files.map((file) => file.split('/').slice(0, 3).join('/')))
    expect([...top].sort()).toEqual([
      'package/CHANGELOG.md',
      'package/LICENSE',
      'package/README.md',
      'package/dist/browser',
      'package/dist/cjs',
      'package/dist/node',
      'package/dist/single',
      'package/dist/wasm',
      'package/package.json',
    ])
    expect(files.filter((file) => file.startsWith('package/dist/wasm/')).sort()).toEqual([
      'package/dist/wasm/kernels.relaxed.shared.wasm',
      'package/dist/wasm/kernels.relaxed.wasm',
      'package/dist/wasm/kernels.simd.shared.wasm',
      'package/dist/wasm/kernels.simd.wasm',
      'package/dist/wasm/kernels.wide.shared.wasm',
      'package/dist/wasm/kernels.wide.wasm',
      'package/dist/wasm/worker.js',
    ])
  })

  it('has nothing that publint finds fault with', async () => {
    const { messages } = await publint({ pkgDir: ROOT, strict: true })
    // What types say is the module, which Node's `require` takes too.
    const found = messages.filter(({ code }) => code !== 'EXPORTS_TYPES_INVALID_FORMAT')
    expect(found.map((message) => formatMessage(message, packageJson))).toEqual([])
  })

  it('has types wherever TypeScript looks for them', async () => {
    const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js')
    // An ES module is what Node's `require` gets, on purpose, and what types say; a .wasm file has none.
    const options = [
      '--profile',
      'esm-only',
      '--ignore-rules',
      'false-esm',
      '--exclude-entrypoints',
      './wasm/*',
      '--no-color',
      '--no-emoji',
    ]
    const complaint = await run(process.execPath, [attw, tarball, ...options]).then(
      () => '',
      ({ stdout }) => stdout,
    )
    expect(complaint).toBe('')
  }, 60_000)

  it('is described as registries and networks want it', () => {
    const { repository, publishConfig, unpkg, jsdelivr, sideEffects } = packageJson
    expect(repository.url).toBe('git+https://github.com/quadlane/quadlane.git')
    expect(publishConfig.provenance).toBe(true)
    expect([unpkg, jsdelivr]).toEqual(Array(2).fill('./dist/single/quadlane.min.js'))
    expect(sideEffects).toEqual(['./dist/browser/index.js'])
    for (const entry of Object.values(packageJson.exports)) {
      if (typeof entry === 'string') continue
      // The types come first, and whatever is no other build last.
      const conditions = 'types' in entry ? [entry] : Object.values(entry)
      if (!('types' in entry)) expect(Object.keys(entry)).toEqual(['node', 'browser', 'default'])
      for (const condition of conditions) {
        expect(Object.keys(condition).at(0)).toBe('types')
        expect(Object.keys(condition).at(-1)).toBe('default')
      }
    }
  })

  it('waits nowhere at the top level, so that require() takes it', async () => {
    for (const entry of ['index', 'kernels', 'data']) {
      const script = `process.stdout.write(typeof require('./dist/node/${entry}.js'))`
      const { stdout } = await run(process.execPath, ['-e', script], { cwd: ROOT })
      expect(stdout).toBe('object')
    }
  })

  it('has a changelog that knows its version', async () => {
    expect(await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8')).toContain(`## ${packageJson.version}`)
  })
})

describe('a page', () => {
  const codeOf = async (page: string): Promise<string> =>
    eagerChunks(await bundlePage(page))
      .map(({ code }) => code)
      .join('\n')

  it('downloads no more than it did', async () => {
    const sizes = await measureSizes()
    console.log(formatSizes(sizes))
    expect(sizes.lenet).toBeLessThan(LIMITS.lenet)
    expect(sizes.single).toBeLessThan(LIMITS.single)
    expect(sizes.kernels).toBeGreaterThan(10_000)
  }, 60_000)

  it('of the kernels alone gets no tensors and no layers', async () => {
    const kernels = await codeOf("import { loadKernels } from 'quadlane/kernels'\nglobalThis.used = loadKernels")
    const all = await codeOf(EVERYTHING_PAGE)
    for (const text of ['a first layer with an inputShape', 'a tape', 'trainOnBatch', 'quadlane.min']) {
      expect(kernels).not.toContain(text)
    }
    expect(all).toContain('a first layer with an inputShape')
    expect(kernels).toContain('loadKernels')
    expect(kernels.length).toBeLessThan(60_000)
  }, 60_000)

  it('of the data alone gets no kernels', async () => {
    const data = await codeOf("import { syntheticDigits } from 'quadlane/data'\nglobalThis.used = syntheticDigits")
    expect(data).not.toContain('WebAssembly')
    expect(data.length).toBeLessThan(40_000)
  }, 60_000)

  it('that uses one layer gets no other, and no data', async () => {
    const one = await codeOf("import { layers } from 'quadlane'\nglobalThis.used = layers.dense({ units: 1 })")
    expect(one).not.toContain('SpatialDropout2D')
    expect(one).not.toContain('syntheticDigits')
    expect(one).toContain('Dense')
  }, 60_000)

  it('gets the kernels of an op with the op, and the methods of tensors without it', async () => {
    const used = 'globalThis.used = tensor([1]).relu()'
    const plain = await codeOf(`import { tensor } from 'quadlane'\n${used}`)
    const vision = await codeOf(
      `import { depthwiseConv2d, tensor } from 'quadlane'\n${used}\nglobalThis.op = depthwiseConv2d`,
    )
    expect(plain).toContain('reluForward')
    expect(plain).not.toContain('depthwiseConv2dForward')
    expect(vision).toContain('depthwiseConv2dForward')
    expect(vision.length - plain.length).toBeGreaterThan(5000)
  }, 60_000)
})

describe('the package under faults of its environment', () => {
  const script = `import { info, tensor } from 'quadlane'
    const product = tensor([1, -2]).relu().arraySync()
    process.stdout.write(JSON.stringify({ product, threads: info().threads, reason: info().reason }))`
  const started = async (flags: readonly string[], limit = ''): Promise<{ threads: number; reason: string }> => {
    const node = [process.execPath, ...flags, '--input-type=module', '-e', script].map(
      (arg) => `'${arg.replaceAll("'", `'\\''`)}'`,
    )
    const { stdout } = await run('bash', ['-c', `${limit} ${node.join(' ')}`], { cwd: ROOT })
    return JSON.parse(stdout)
  }

  it('starts on one thread where the permission model grants no other, and says why', async () => {
    const flag = process.versions.node.startsWith('20.') ? '--experimental-permission' : '--permission'
    const { threads, reason } = await started([flag, '--allow-fs-read=*'])
    expect(threads).toBe(1)
    if (availableParallelism() > 1)
      expect(reason).toContain('no helper threads: Access to this API has been restricted')
  })

  it('starts where the intrinsics are frozen', async () => {
    expect(await started(['--frozen-intrinsics'])).toMatchObject({ product: [1, 0] })
  })

  it('says what a limit on addresses leaves no room for, and starts with the flag that it names', async () => {
    const limit = 'ulimit -v 3000000;'
    await expect(started([], limit)).rejects.toThrow(
      /RuntimeUnavailableError: init: expected addresses .* --disable-wasm-trap-handler/,
    )
    expect(await started(['--disable-wasm-trap-handler'], limit)).toMatchObject({ product: [1, 0] })
  })
})

describe('the builds for others than ES modules', () => {
  const used = 'process.stdout.write(JSON.stringify(q.tensor([1, -2]).relu().arraySync()))'

  it.each(['index', 'browser'])('CommonJS, %s: all that the module exports', async (name) => {
    const { stdout } = await run(process.execPath, ['-e', `const q = require('./dist/cjs/${name}.cjs'); ${used}`], {
      cwd: ROOT,
    })
    expect(stdout).toBe('[1,0]')
    const names = `Promise.all([import('./dist/${name === 'index' ? 'node' : 'browser'}/index.js'), require('./dist/cjs/${name}.cjs')])
      .then((all) => process.stdout.write(JSON.stringify(all.map((each) => Object.keys(each).filter((key) => key !== 'module.exports').sort()))))`
    const [module, common] = JSON.parse((await run(process.execPath, ['-e', names], { cwd: ROOT })).stdout)
    expect(common).toEqual(module)
  })

  it('a classic script: the global quadlane', async () => {
    const classic = `const fs = require('node:fs'); const vm = require('node:vm')
      vm.runInThisContext(fs.readFileSync('dist/single/quadlane.iife.min.js', 'utf8'))
      const q = vm.runInThisContext('quadlane'); ${used}`
    const { stdout } = await run(process.execPath, ['-e', classic], { cwd: ROOT })
    expect(stdout).toBe('[1,0]')
  })

  it("Node's own require takes the module, so that there is one quadlane in a process", async () => {
    const one = `import('quadlane').then((module) => process.stdout.write(String(module.Tensor === require('quadlane').Tensor)))`
    const { stdout } = await run(process.execPath, ['-e', one], { cwd: ROOT })
    expect(stdout).toBe('true')
  })
})

describe('quadlane.min.js', () => {
  it('is whole: it imports nothing', async () => {
    const code = await readFile(join(ROOT, 'dist/single/quadlane.min.js'), 'utf8')
    expect(/(^|[;}])import[\s{*"'`]/.test(code), 'an import').toBe(false)
    expect(/[}*\w]\s*from\s*["'`]\.{0,2}[\w@/]/.test(code), 'a re-export').toBe(false)
    expect(/\bimport\(/.test(code), 'a dynamic import').toBe(false)
  })

  it.for([
    { simd: 'baseline', build: 'simd' },
    { simd: 'relaxed', build: 'relaxed' },
  ])('has the $build build', async ({ simd, build }) => {
    const script = `
      import { info, init, matMul, shutdown } from './dist/single/quadlane.min.js'
      await init({ simd: '${simd}', threads: 1 })
      const product = matMul([[1, 2, 3, 4]], [[5], [6], [7], [8]])
      process.stdout.write(JSON.stringify({ build: info().build, product: product.arraySync() }))
      shutdown()`
    const flags = ['--experimental-wasm-relaxed-simd', '--input-type=module']
    const { stdout } = await run(process.execPath, [...flags, '-e', script], { cwd: ROOT })
    expect(JSON.parse(stdout)).toEqual({ build, product: [[70]] })
  })
})
