import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { loadMnist } from '../../src/data/mnist.browser.ts'
import { MNIST_FILES, type MnistPart } from '../../src/data/mnist.ts'
import { ArgumentError, FormatError, InputOutputError } from '../../src/errors.ts'
import { gzip, idxFile, smallMnist } from './idx-files.ts'

const contents = smallMnist()
const parts = Object.keys(contents) as MnistPart[]
const packed = new Map<MnistPart, Uint8Array<ArrayBuffer>>()

beforeAll(async () => {
  for (const part of parts) packed.set(part, await gzip(contents[part]))
})

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Answers `fetch` out of a table of addresses; returns what was asked for. */
function serve(table: Readonly<Record<string, Uint8Array<ArrayBuffer> | undefined>>): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url)
    const bytes = table[url]
    return bytes === undefined ? new Response('no', { status: 404 }) : new Response(bytes)
  })
  return asked
}

function expectSound({ train, test }: Awaited<ReturnType<typeof loadMnist>>): void {
  expect(train.images).toEqual(contents.trainImages.subarray(16))
  expect(test.images).toEqual(contents.testImages.subarray(16))
  expect([...train.labels, ...test.labels]).toEqual([5, 0, 4, 1, 9, 2, 7, 2, 1])
}

async function refusal(options: object): Promise<Error> {
  return loadMnist(options).then(
    () => expect.unreachable('it was not refused'),
    (error: Error) => error,
  )
}

describe('loadMnist from chosen files', () => {
  it('knows them by their names, in any order and spelling', async () => {
    const files = [
      new File([contents.testLabels], 't10k-labels.idx1-ubyte'),
      new File([packed.get('trainImages')!], 'train-images-idx3-ubyte.gz'),
      new File(['hello'], 'readme.txt'),
      new File([packed.get('testImages')!], 't10k-images.idx3-ubyte.gz'),
      new File([contents.trainLabels], 'train-labels-idx1-ubyte'),
    ]
    expectSound(await loadMnist({ files }))
    expect((await refusal({ files: files.slice(1) })).message).toBe(
      'loadMnist: expected t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz among the files, ' +
        "received 'train-images-idx3-ubyte.gz', 'readme.txt', 't10k-images.idx3-ubyte.gz', 'train-labels-idx1-ubyte'",
    )
    expect(await refusal({ files: [] })).toBeInstanceOf(ArgumentError)
    expect((await refusal({ files: [] })).message).toMatch(/received no files$/)
  })

  it('takes bytes and blobs by what they hold', async () => {
    const files = {
      trainImages: packed.get('trainImages')!,
      trainLabels: contents.trainLabels,
      testImages: new Blob([contents.testImages]),
      testLabels: new Blob([packed.get('testLabels')!]),
    }
    expectSound(await loadMnist({ files }))
    expect((await refusal({ files: { ...files, testImages: 'x' } })).message).toBe(
      "loadMnist: expected files.testImages to be a File, Blob or Uint8Array, received 'x'",
    )
    const wrong = await refusal({ files: { ...files, testLabels: idxFile([2]) } })
    expect(wrong).toBeInstanceOf(FormatError)
    expect(wrong.message).toBe(
      't10k-labels-idx1-ubyte: expected 3 labels at byte 4, one for each image of t10k-images-idx3-ubyte, received 2' +
        ' — take both files from the same set',
    )
  })
})

describe('loadMnist from a folder on a server', () => {
  const table = (url: string, ending: string) =>
    Object.fromEntries(
      parts.map((part) => [
        `${url}${MNIST_FILES[part].name}${ending}`,
        ending === '' ? contents[part] : packed.get(part),
      ]),
    )

  it('asks for the gzipped files', async () => {
    const asked = serve(table('/data/', '.gz'))
    expectSound(await loadMnist({ url: '/data' }))
    expect(asked).toEqual(parts.map((part) => `/data/${MNIST_FILES[part].name}.gz`))
    expectSound(await loadMnist({ url: '/data/' }))
  })

  it('takes the plain ones where those are not', async () => {
    const asked = serve(table('https://example.org/m/', ''))
    expectSound(await loadMnist({ url: new URL('https://example.org/m') }))
    expect(asked.length).toBe(8)
  })

  it('says what it asked for in vain', async () => {
    serve({})
    const error = await refusal({ url: '/data/' })
    expect(error).toBeInstanceOf(InputOutputError)
    expect(error.message).toBe(
      'loadMnist: expected train-images-idx3-ubyte.gz or train-images-idx3-ubyte at the given url, ' +
        'received /data/train-images-idx3-ubyte.gz: status 404; /data/train-images-idx3-ubyte: status 404' +
        ' — serve the four files from that folder, or hand them over: loadMnist({ files })',
    )
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
    expect((await refusal({ url: '/data/' })).message).toContain(
      'received /data/train-images-idx3-ubyte.gz: Failed to fetch',
    )
  })

  it('wants one of url and files', async () => {
    expect((await refusal({})).message).toBe(
      'loadMnist: expected url or files, received neither' +
        ' — name the folder that holds the four files: loadMnist({ url })',
    )
    expect((await refusal({ url: 5 })).message).toContain('received url 5')
    expect((await refusal({ files: 'all' })).message).toContain("received files 'all'")
    expect((await refusal({ uri: '/data' })).message).toContain("received 'uri' — did you mean 'url'?")
  })
})
