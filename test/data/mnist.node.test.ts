import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cacheFolder } from '../../src/data/cache-folder.node.ts'
import { type LoadMnistOptions, loadMnist, loadMnistFiles, type MnistProgress } from '../../src/data/mnist.node.ts'
import { MNIST_FILES, type MnistFile, type MnistPart } from '../../src/data/mnist.ts'
import { ArgumentError, FormatError, InputOutputError } from '../../src/errors.ts'
import { idxFile, smallMnist } from './idx-files.ts'

const contents = smallMnist()
const parts = Object.keys(contents) as MnistPart[]

/** The small set's four files with their checksums. */
const files = Object.fromEntries(
  parts.map((part): [MnistPart, MnistFile] => {
    const bytes = contents[part]
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return [part, { name: MNIST_FILES[part].name, bytes: bytes.length, sha256 }]
  }),
) as Record<MnistPart, MnistFile>

/** What a sound mirror serves, by path. */
const served = new Map(parts.map((part) => [`/${files[part].name}.gz`, gzipSync(contents[part])]))
const TRAIN = 'train-images-idx3-ubyte.gz'

type Handler = (request: IncomingMessage, response: ServerResponse, file: Buffer) => void

let folder: string
const servers: Server[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quadlane-mnist-'))
})

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
  await rm(folder, { recursive: true })
})

/** A mirror on this machine that remembers its requests, as `path` or `path from byte`. */
async function mirror(handler: Handler = whole): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]
    requests.push(`${request.url?.slice(1)}${from === undefined ? '' : ` from ${from}`}`)
    handler(request, response, served.get(request.url ?? '') ?? Buffer.alloc(0))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests }
}

/** Sends the file, without knowing of ranges. */
function whole(_request: IncomingMessage, response: ServerResponse, file: Buffer): void {
  response.writeHead(200, { 'content-length': file.length }).end(file)
}

/** Sends the file, or the range of it that was asked for. */
function ranged(request: IncomingMessage, response: ServerResponse, file: Buffer): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN)
  const range = `bytes ${from}-${file.length - 1}/${file.length}`
  if (Number.isNaN(from)) whole(request, response, file)
  else if (from >= file.length) response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end()
  else
    response.writeHead(206, { 'content-length': file.length - from, 'content-range': range }).end(file.subarray(from))
}

/** Promises the whole file and breaks off in the middle, the first time; then does as `next`. */
function broken(next: Handler): Handler {
  let before = true
  return (request, response, file) => {
    if (!before) return next(request, response, file)
    before = false
    response.writeHead(200, { 'content-length': file.length })
    response.write(file.subarray(0, 100))
    setTimeout(() => response.destroy(), 50)
  }
}

function status(code: number): Handler {
  return (_request, response) => {
    response.writeHead(code).end('no')
  }
}

function load(options: LoadMnistOptions) {
  return loadMnistFiles(files, { cacheDir: folder, timeoutMs: 5000, ...options })
}

async function refusal(options: LoadMnistOptions): Promise<InputOutputError> {
  const error = await load(options).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(InputOutputError)
  return error as InputOutputError
}

/** What lies in the cache. */
async function cached(): Promise<string[]> {
  return (await readdir(join(folder, 'mnist'))).sort()
}

function expectSound({ train, test }: Awaited<ReturnType<typeof load>>): void {
  expect(train.images).toEqual(contents.trainImages.subarray(16))
  expect([...train.labels]).toEqual([5, 0, 4, 1, 9, 2])
  expect(test.images).toEqual(contents.testImages.subarray(16))
  expect([...test.labels]).toEqual([7, 2, 1])
  expect([train.inputShape, train.classes, train.name, test.name]).toEqual([
    [28, 28, 1],
    10,
    'mnist train',
    'mnist test',
  ])
}

describe('loadMnist from a folder', () => {
  async function fill(rename: (name: string) => string, packed: boolean): Promise<void> {
    for (const part of parts) {
      await writeFile(join(folder, rename(files[part].name)), packed ? gzipSync(contents[part]) : contents[part])
    }
  }

  it('reads plain and gzipped files, in both spellings', async () => {
    const dotted = (name: string) => name.replace('-idx', '.idx')
    const names: [(name: string) => string, boolean][] = [
      [(name) => name, false],
      [(name) => `${name}.gz`, true],
      [dotted, false],
      [(name) => `${dotted(name)}.gz`, true],
      // Named as if packed, but unpacked by a browser on the way.
      [(name) => `${name}.gz`, false],
    ]
    for (const [rename, packed] of names) {
      await fill(rename, packed)
      expectSound(await loadMnist(folder))
      expectSound(await loadMnist({ dir: folder }))
      for (const part of parts) await rm(join(folder, rename(files[part].name)))
    }
  })

  it('passes by folders that are called like the files', async () => {
    await fill((name) => `${name}.gz`, true)
    await mkdir(join(folder, files.trainImages.name))
    expectSound(await loadMnist(folder))
  })

  it('says which file is missing', async () => {
    await expect(loadMnist(folder)).rejects.toThrow(
      new InputOutputError({
        who: 'loadMnist',
        expected: `train-images-idx3-ubyte or train-images-idx3-ubyte.gz in the folder '${folder}'`,
        received: 'no such file',
        hint: 'name the folder that holds the four MNIST files',
      }),
    )
    await fill((name) => name, false)
    await rm(join(folder, files.testLabels.name))
    await expect(loadMnist(folder)).rejects.toThrow(/expected t10k-labels-idx1-ubyte or .* received no such file/)
    await expect(loadMnist(join(folder, 'nowhere'))).rejects.toThrow(/nowhere', received no such folder/)
    await expect(loadMnist(join(folder, files.testImages.name))).rejects.toThrow(/received something else/)
  })

  it('refuses files that do not belong together', async () => {
    await fill((name) => name, false)
    const path = (part: MnistPart) => join(folder, files[part].name)
    const refused = async (part: MnistPart, bytes: Uint8Array) => {
      await writeFile(path(part), bytes)
      const error = await loadMnist(folder).catch((caught: unknown) => caught)
      await writeFile(path(part), contents[part])
      expect(error).toBeInstanceOf(FormatError)
      return (error as FormatError).message
    }
    expect(await refused('trainLabels', contents.testLabels)).toBe(
      `${path('trainLabels')}: expected 6 labels at byte 4, one for each image of ${path('trainImages')}, received 3` +
        ' — take both files from the same set',
    )
    expect(await refused('testLabels', idxFile([3], [7, 10, 1]))).toBe(
      `${path('testLabels')}: expected labels from 0 to 9, received 10 at byte 9`,
    )
    expect(await refused('testImages', idxFile([3, 28, 27]))).toBe(
      `${path('testImages')}: expected images of [28, 28], dimensions [*, 28, 28] at byte 4, received [3, 28, 27]`,
    )
    expect(await refused('testImages', contents.testLabels)).toContain('expected 00 00 08 03 at byte 0')
    expect(await refused('trainImages', contents.trainImages.subarray(0, 1000))).toContain(
      'received the end at byte 1000',
    )
    expectSound(await loadMnist(folder))
  })

  it('refuses options that make no sense', async () => {
    const refused = (options: object) => expect(loadMnist(options)).rejects
    await refused({ dir: '' }).toThrow("loadMnist: expected dir to be the path of a folder, received ''")
    await refused({ dir: 7 }).toThrow('loadMnist: expected dir to be the path of a folder, received 7')
    await refused({ cacheDir: '' }).toThrow("loadMnist: expected cacheDir to be the path of a folder, received ''")
    await refused({ folder: 'x' }).toThrow(ArgumentError)
    await refused({ folder: 'x' }).toThrow("received 'folder'")
    await refused({ mirrors: [] }).toThrow(
      'loadMnist: expected mirrors to be a list of http or https addresses, received []',
    )
    await refused({ mirrors: ['ftp://example.org'] }).toThrow("received ['ftp://example.org']")
    await refused({ timeoutMs: 0 }).toThrow(
      'loadMnist: expected timeoutMs to be an integer from 1 to 2147483647, received 0',
    )
  })
})

describe('loadMnist from a mirror', () => {
  it('downloads once, and reads the cache from then on', async () => {
    const { url, requests } = await mirror()
    const progress: MnistProgress[] = []
    expectSound(await load({ mirrors: [url], onProgress: (step) => progress.push(step) }))
    expect(requests).toEqual([...served.keys()].map((path) => path.slice(1)))
    expect(await cached()).toEqual([...requests].sort())
    const size = served.get(`/${TRAIN}`)?.length
    expect(progress.find((step) => step.loaded === step.total)).toEqual({
      file: TRAIN,
      url: `${url}${TRAIN}`,
      loaded: size,
      total: size,
    })
    expectSound(await load({ mirrors: [url] }))
    expect(requests.length).toBe(4)
  })

  it('takes a mirror without a slash, and one whose answers have no length', async () => {
    const { url } = await mirror((_request, response, file) => {
      response.write(file.subarray(0, 10))
      response.end(file.subarray(10))
    })
    expectSound(await load({ mirrors: [url.slice(0, -1)] }))
  })

  it('takes files that the server packed once more for the way', async () => {
    const { url } = await mirror((_request, response, file) => {
      const twice = gzipSync(file)
      response.writeHead(200, { 'content-length': twice.length, 'content-encoding': 'gzip' }).end(twice)
    })
    expectSound(await load({ mirrors: [url] }))
  })

  it('goes on where a transfer broke off', async () => {
    const { url, requests } = await mirror(broken(ranged))
    expectSound(await load({ mirrors: [url] }))
    expect(requests.slice(0, 3)).toEqual([TRAIN, `${TRAIN} from 100`, 'train-labels-idx1-ubyte.gz'])
  })

  it('goes on at the next mirror, and after an earlier run', async () => {
    const first = await mirror(broken(status(404)))
    const second = await mirror(ranged)
    expectSound(await load({ mirrors: [first.url, second.url] }))
    expect(first.requests[0]).toBe(TRAIN)
    expect(second.requests[0]).toBe(`${TRAIN} from 100`)

    await rm(join(folder, 'mnist', TRAIN))
    await writeFile(join(folder, 'mnist', `${TRAIN}.part`), served.get(`/${TRAIN}`)!.subarray(0, 200))
    expectSound(await load({ mirrors: [second.url] }))
    expect(second.requests.at(-1)).toBe(`${TRAIN} from 200`)
    expect((await cached()).length).toBe(4)
  })

  it('starts again where the server does not resume', async () => {
    const { url, requests } = await mirror(broken(whole))
    expectSound(await load({ mirrors: [url] }))
    expect(requests.slice(0, 2)).toEqual([TRAIN, `${TRAIN} from 100`])
  })

  it('starts again where the server resumes elsewhere', async () => {
    const elsewhere: Handler = (request, response, file) => {
      if (request.headers.range === undefined) return whole(request, response, file)
      response.writeHead(206, { 'content-range': `bytes 50-${file.length - 1}/${file.length}` }).end(file.subarray(50))
    }
    const { url, requests } = await mirror(broken(elsewhere))
    expectSound(await load({ mirrors: [url] }))
    expect(requests.slice(0, 3)).toEqual([TRAIN, `${TRAIN} from 100`, TRAIN])
  })

  it('uses a part that was complete, and starts again after one that is too long', async () => {
    const { url, requests } = await mirror(ranged)
    const file = served.get(`/${TRAIN}`)!
    await mkdir(join(folder, 'mnist'))
    await writeFile(join(folder, 'mnist', `${TRAIN}.part`), file)
    expectSound(await load({ mirrors: [url] }))
    expect(requests.slice(0, 2)).toEqual([`${TRAIN} from ${file.length}`, 'train-labels-idx1-ubyte.gz'])

    await rm(join(folder, 'mnist', TRAIN))
    requests.length = 0
    await writeFile(join(folder, 'mnist', `${TRAIN}.part`), Buffer.concat([file, file]))
    expectSound(await load({ mirrors: [url] }))
    expect(requests).toEqual([`${TRAIN} from ${2 * file.length}`, TRAIN])
  })

  it('does not trust what it resumed', async () => {
    const { url, requests } = await mirror(ranged)
    await mkdir(join(folder, 'mnist'))
    await writeFile(join(folder, 'mnist', `${TRAIN}.part`), Buffer.alloc(100, 7))
    expectSound(await load({ mirrors: [url] }))
    expect(requests.slice(0, 2)).toEqual([`${TRAIN} from 100`, TRAIN])
  })

  it('gives up on a server that stalls, and says so', async () => {
    const silent = await mirror(() => {})
    const stalling = await mirror((_request, response, file) => {
      response.writeHead(200, { 'content-length': file.length })
      response.write(file.subarray(0, 100))
    })
    const error = await refusal({ mirrors: [silent.url, stalling.url], timeoutMs: 60 })
    expect(error.message).toBe(
      `loadMnist: expected ${TRAIN} from one of 2 mirrors, ` +
        `received ${silent.url}${TRAIN}: nothing for 60 ms at byte 100; ` +
        `${stalling.url}${TRAIN}: nothing for 60 ms at byte 100` +
        ' — download the four files by hand and name their folder: loadMnist(dir), or --data DIR',
    )
    expect(await cached()).toEqual([`${TRAIN}.part`])
    const sound = await mirror(ranged)
    expectSound(await load({ mirrors: [silent.url, sound.url], timeoutMs: 100 }))
    expect(sound.requests[0]).toBe(`${TRAIN} from 100`)
  })

  it('waits for a server that is slow but alive', async () => {
    const { url } = await mirror((_request, response, file) => {
      response.writeHead(200, { 'content-length': file.length })
      const size = Math.ceil(file.length / 5)
      let at = 0
      const timer = setInterval(() => {
        response.write(file.subarray(at, at + size))
        at += size
        if (at < file.length) return
        clearInterval(timer)
        response.end()
      }, 50)
    })
    expectSound(await load({ mirrors: [url], timeoutMs: 200 }))
  })

  it('refuses wrong content by name and keeps none of it', async () => {
    const other = idxFile([6, 28, 28], new Uint8Array(6 * 784))
    const wrong = await mirror((request, response) => whole(request, response, gzipSync(other)))
    const page = await mirror((request, response) => whole(request, response, Buffer.from('<html>Log in</html>')))
    const error = await refusal({ mirrors: [wrong.url, page.url] })
    const sha256 = createHash('sha256').update(other).digest('hex')
    expect(error.received).toBe(
      `${wrong.url}${TRAIN}: ${TRAIN}: expected SHA-256 ${files.trainImages.sha256} of the unpacked bytes, received ${sha256}; ` +
        `${page.url}${TRAIN}: ${TRAIN}: expected 00 00 08 01 to 08 at byte 0 (IDX, unsigned bytes, 1 to 8 dimensions), ` +
        'received 3c 68 74 6d — this looks like a web page: check the address',
    )
    expect(error.cause).toMatchObject({ cause: expect.any(FormatError) })
    expect(await cached()).toEqual([])
    expect([wrong.requests.length, page.requests.length]).toEqual([1, 1])
    const sound = await mirror()
    expectSound(await load({ mirrors: [wrong.url, sound.url] }))
  })

  it('stops a server that sends without end', async () => {
    const { url } = await mirror((_request, response) => {
      const send = () => {
        while (response.write(Buffer.alloc(4096, 1)));
      }
      response.on('drain', send)
      send()
    })
    expect((await refusal({ mirrors: [url] })).received).toBe(`${url}${TRAIN}: more than ${16 + 6 * 784 + 1024} bytes`)
    expect(await cached()).toEqual([])
  })

  it('asks once where a file is not, and again where a server is in trouble', async () => {
    const missing = await mirror(status(404))
    const troubled = await mirror(status(503))
    const error = await refusal({ mirrors: [missing.url, troubled.url] })
    expect(error.received).toBe(`${missing.url}${TRAIN}: status 404; ${troubled.url}${TRAIN}: status 503`)
    expect([missing.requests.length, troubled.requests.length]).toEqual([1, 3])
  })

  it('says that nobody listens', async () => {
    const { url } = await mirror()
    const server = servers.pop()!
    await new Promise((resolve) => server.close(resolve))
    expect((await refusal({ mirrors: [url] })).received).toBe(`${url}${TRAIN}: ECONNREFUSED at byte 0`)
  })

  it('notices a damaged file in the cache and brings it again', async () => {
    const { url, requests } = await mirror()
    await load({ mirrors: [url] })
    const path = join(folder, 'mnist', TRAIN)
    const sound = await readFile(path)
    const flipped = Buffer.from(sound)
    flipped[300]! ^= 1
    const other = gzipSync(idxFile([6, 28, 28], new Uint8Array(6 * 784)))
    for (const damaged of [flipped, sound.subarray(0, 200), Buffer.alloc(0), other, Buffer.concat([sound, sound])]) {
      await writeFile(path, damaged)
      requests.length = 0
      expectSound(await load({ mirrors: [url] }))
      expect(requests).toEqual([TRAIN])
      expect(await readFile(path)).toEqual(sound)
    }
  })

  it('says that the cache cannot be written', async () => {
    const { url } = await mirror()
    await writeFile(join(folder, 'file'), '')
    const cacheDir = join(folder, 'file')
    expect((await refusal({ mirrors: [url], cacheDir })).message).toBe(
      `loadMnist: expected to read '${join(cacheDir, 'mnist', TRAIN)}', received ENOTDIR` +
        ' — choose another cache folder: QUADLANE_CACHE or cacheDir',
    )
    await mkdir(join(folder, 'mnist', `${TRAIN}.part`), { recursive: true })
    expect((await refusal({ mirrors: [url] })).message).toBe(
      `loadMnist: expected to write '${join(folder, 'mnist', `${TRAIN}.part`)}', received EISDIR` +
        ' — choose another cache folder: QUADLANE_CACHE or cacheDir',
    )
  })

  it('lets two callers download at the same time', async () => {
    const { url } = await mirror(ranged)
    for (const set of await Promise.all([load({ mirrors: [url] }), load({ mirrors: [url] })])) expectSound(set)
    expect((await cached()).filter((name) => name.endsWith('.gz')).length).toBe(4)
    expectSound(await load({ mirrors: ['http://127.0.0.1:9/'] }))
  })
})

describe('cacheFolder', () => {
  const at = (env: Record<string, string>, platform: string) => cacheFolder({ env, platform, home: '/home/ada' })

  it('follows QUADLANE_CACHE, then the platform', () => {
    expect(at({ QUADLANE_CACHE: '/q', XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/q')
    expect(at({ XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/quadlane')
    expect(at({ XDG_CACHE_HOME: 'x', QUADLANE_CACHE: '' }, 'linux')).toBe('/home/ada/.cache/quadlane')
    expect(at({}, 'darwin')).toBe('/home/ada/Library/Caches/quadlane')
    expect(at({ XDG_CACHE_HOME: '/x' }, 'darwin')).toBe('/x/quadlane')
    const windows = {
      env: { LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local' },
      platform: 'win32',
      home: 'C:\\Users\\ada',
    }
    expect(cacheFolder(windows)).toBe('C:\\Users\\ada\\AppData\\Local\\quadlane\\Cache')
    expect(cacheFolder({ ...windows, env: {} })).toBe('C:\\Users\\ada\\AppData\\Local\\quadlane\\Cache')
  })

  it('is where loadMnist looks', async () => {
    const { url } = await mirror()
    const before = process.env.QUADLANE_CACHE
    process.env.QUADLANE_CACHE = join(folder, 'by-name')
    try {
      expectSound(await loadMnistFiles(files, { mirrors: [url] }))
      expect((await readdir(join(folder, 'by-name', 'mnist'))).length).toBe(4)
    } finally {
      if (before === undefined) delete process.env.QUADLANE_CACHE
      else process.env.QUADLANE_CACHE = before
    }
  })
})

describe('the real files', () => {
  const dir = process.env.QUADLANE_MNIST
  if (dir === undefined)
    console.log('skipped: the test of the real MNIST files, since QUADLANE_MNIST does not name their folder')

  it.skipIf(dir === undefined)('hold what was published', async () => {
    const { train, test } = await loadMnist(dir!)
    expect([train.size, test.size]).toEqual([60_000, 10_000])
    const counts = (labels: Uint8Array) =>
      Array.from({ length: 10 }, (_, digit) => labels.filter((l) => l === digit).length)
    expect(counts(train.labels)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    expect(counts(test.labels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    expect([...train.labels.subarray(0, 8)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3])
    for (const [part, set] of [
      ['train', train],
      ['test', test],
    ] as const) {
      const images = createHash('sha256')
        .update(idxHeader([set.size, 28, 28]))
        .update(set.images)
        .digest('hex')
      const labels = createHash('sha256')
        .update(idxHeader([set.size]))
        .update(set.labels)
        .digest('hex')
      expect(images).toBe(MNIST_FILES[`${part}Images`].sha256)
      expect(labels).toBe(MNIST_FILES[`${part}Labels`].sha256)
    }
  })
})

/** The first bytes of a file of these dimensions. */
function idxHeader(shape: readonly number[]): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.writeUInt16BE(0x0800 + shape.length, 2)
  for (const [i, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * i)
  return header
}
