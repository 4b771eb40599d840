import { describe, expect, it } from 'vitest'
import { http } from '../../src/io/http.ts'

const SPECS = [
  { name: 'a', shape: [2], dtype: 'float32' },
  { name: 'b', shape: [3], dtype: 'float32' },
]

function modelFile(weightsManifest: unknown): string {
  return JSON.stringify({ modelTopology: { class_name: 'Sequential' }, format: 'layers-model', weightsManifest })
}

/** A fetch over pages by URL; a function in place of a page answers itself. */
function pages(content: Record<string, BodyInit | (() => Promise<Response>)>, asked: string[] = []): typeof fetch {
  return (async (input: string) => {
    asked.push(input)
    const page = content[input]
    if (page === undefined) return new Response('nothing here', { status: 404, statusText: 'Not Found' })
    return typeof page === 'function' ? page() : new Response(page)
  }) as typeof fetch
}

const URL_ = 'https://example.org/models/one/model.json'
const bytes = Uint8Array.from({ length: 20 }, (_, i) => i)

describe('io.http', () => {
  it('joins weight files that lie beside model.json', async () => {
    const asked: string[] = []
    const fetchFunc = pages(
      {
        [`${URL_}?key=1`]: modelFile([
          { paths: ['shards/1.bin', './2 of 2.bin'], weights: [SPECS[0]] },
          { paths: ['3.bin'], weights: [SPECS[1]] },
        ]),
        'https://example.org/models/one/shards/1.bin?key=1': bytes.subarray(0, 5),
        'https://example.org/models/one/2%20of%202.bin?key=1': bytes.subarray(5, 8),
        'https://example.org/models/one/3.bin?key=1': bytes.subarray(8),
      },
      asked,
    )
    const handler = http(`${URL_}?key=1`, { fetchFunc })
    expect(handler.source).toBe(`${URL_}?key=1`)
    const artifacts = await handler.load!()
    expect(asked).toHaveLength(4)
    expect(new Uint8Array(artifacts.weightData as ArrayBuffer)).toEqual(bytes)
    expect(artifacts.weightSpecs).toEqual(SPECS)
    expect(artifacts.format).toBe('layers-model')
  })

  const atUrl = (url: string): typeof fetch =>
    pages({
      [URL_]: modelFile([{ paths: ['a.bin', 'b.bin'], weights: SPECS }]),
      [`${url}a.bin`]: bytes.subarray(0, 8),
      [`${url}b.bin`]: bytes.subarray(8),
    })

  it('finds weights where it is told, and tells how much of them has come', async () => {
    const told: number[] = []
    const onProgress = (fraction: number): void => void told.push(fraction)
    const prefixed = {
      fetchFunc: atUrl('https://cdn.example.org/w/v1-'),
      weightPathPrefix: 'https://cdn.example.org/w/v1-',
    }
    const artifacts = await http(URL_, { ...prefixed, onProgress }).load!()
    expect(new Uint8Array(artifacts.weightData as ArrayBuffer)).toEqual(bytes)
    expect(told).toEqual([0, 0.4, 1])
    const converted = {
      fetchFunc: atUrl('https://signed.example.org/?of='),
      weightUrlConverter: async (name: string) => `https://signed.example.org/?of=${name}`,
    }
    expect(new Uint8Array((await http(URL_, converted).load!()).weightData as ArrayBuffer)).toEqual(bytes)
    expect(() => http(URL_, { weightPathPrefix: 3 as never })).toThrow(/weightPathPrefix to be a text, received 3/)
    expect(() => http(URL_, { onProgress: 'no' as never })).toThrow(/onProgress to be a function, received 'no'/)
  })

  it('passes its options on', async () => {
    const seen: unknown[] = []
    const fetchFunc = (async (_: string, init: unknown) => {
      seen.push(init)
      return new Response(modelFile([]))
    }) as typeof fetch
    const requestInit = { headers: { authorization: 'me' } }
    await http(URL_, { fetchFunc, requestInit }).load!()
    expect(seen).toEqual([requestInit])
  })

  const group = [{ paths: ['w.bin'], weights: SPECS }]
  const beside = 'https://example.org/models/one/w.bin'
  const dead = async (): Promise<Response> => {
    throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
  }
  const broken = async (): Promise<Response> => {
    const stream = new ReadableStream({ start: (controller) => controller.error(new Error('terminated')) })
    return new Response(stream)
  }

  type Refusal = [what: string, content: Parameters<typeof pages>[0], name: string, text: string | RegExp]
  const REFUSALS: Refusal[] = [
    ['no page', {}, 'InputOutputError', `${URL_}: expected status 200, received 404 Not Found`],
    ['no server', { [URL_]: dead }, 'InputOutputError', `${URL_}: expected an answer, received connect ECONNREFUSED`],
    ['a broken answer', { [URL_]: broken }, 'InputOutputError', `${URL_}: expected an answer, received terminated`],
    [
      'no weights',
      { [URL_]: modelFile(group) },
      'InputOutputError',
      `${beside}: expected status 200, received 404 Not Found`,
    ],
    [
      'weights that are too short',
      { [URL_]: modelFile(group), [beside]: bytes.subarray(0, 12) },
      'FormatError',
      "w.bin: expected 20 bytes, of them 12 at offset 8 for tensor 'b' [3], received 12",
    ],
    [
      'weights that are too long',
      { [URL_]: modelFile(group), [beside]: new Uint8Array(50) },
      'FormatError',
      'w.bin: expected 20 bytes for 2 tensors, received more',
    ],
    [
      'weights for no tensors',
      { [URL_]: modelFile([{ paths: ['w.bin'], weights: [] }]), [beside]: new Uint8Array(1) },
      'FormatError',
      'w.bin: expected 0 bytes for 0 tensors, received more',
    ],
    [
      'tensors without a file',
      { [URL_]: modelFile([{ paths: [], weights: SPECS }]) },
      'FormatError',
      "model.json: expected 20 bytes, of them 8 at offset 0 for tensor 'a' [2], received 0",
    ],
    ['an empty file', { [URL_]: '' }, 'FormatError', `${URL_}: expected JSON in UTF-8, received an empty file`],
    [
      'half a file',
      { [URL_]: '{"modelTopology": {' },
      'FormatError',
      /model\.json: expected JSON in UTF-8, received something else \(.+\)$/,
    ],
    [
      'a page',
      { [URL_]: '<html>' },
      'FormatError',
      /model\.json: expected JSON in UTF-8, received something else \(.+\)$/,
    ],
    [
      'broken letters',
      { [URL_]: Uint8Array.of(0x22, 0xff, 0x22) },
      'FormatError',
      /expected JSON in UTF-8, received something else/,
    ],
    ['an array', { [URL_]: '[]' }, 'FormatError', `${URL_}: expected the file to be an object, received []`],
    ['a number', { [URL_]: '1' }, 'FormatError', `${URL_}: expected the file to be an object, received 1`],
    [
      'no topology',
      { [URL_]: '{}' },
      'FormatError',
      `${URL_}: expected modelTopology to be an object, received undefined`,
    ],
    [
      'a manifest that is none',
      { [URL_]: modelFile({ paths: [] }) },
      'FormatError',
      `${URL_}: expected weightsManifest to be an array, received {paths}`,
    ],
    [
      'a group that is none',
      { [URL_]: modelFile(['w.bin']) },
      'FormatError',
      `${URL_}: expected weightsManifest[0] to be an object, received 'w.bin'`,
    ],
    [
      'paths that are none',
      { [URL_]: modelFile([{ paths: 'w.bin', weights: [] }]) },
      'FormatError',
      `${URL_}: expected weightsManifest[0].paths to be an array, received 'w.bin'`,
    ],
    [
      'tensors beyond all memory, each of them small enough',
      {
        [URL_]: modelFile([
          { paths: ['w.bin'], weights: [1, 2, 3].map((n) => ({ ...SPECS[0], name: `${n}`, shape: [2 ** 29] })) },
        ]),
      },
      'FormatError',
      `${URL_}: expected at most 4294967296 bytes of weights, received 6442450944`,
    ],
    [
      'a key that would change the object',
      { [URL_]: '{"modelTopology": {}, "weightsManifest": [], "trainingConfig": {"__proto__": {"polluted": 1}}}' },
      'FormatError',
      `${URL_}: expected no key '__proto__', received one in trainingConfig`,
    ],
    [
      'JSON that is too deep',
      { [URL_]: `{"modelTopology": ${'['.repeat(100_000)}${']'.repeat(100_000)}}` },
      'FormatError',
      /(expected JSON of at most 64 levels, received more at modelTopology\[0\]\[0\]|expected JSON in UTF-8)/,
    ],
    [
      'JSON that is too large',
      { [URL_]: `{"modelTopology": "${'a'.repeat(2 ** 25)}"}` },
      'FormatError',
      `${URL_}: expected at most 33554432 bytes of JSON, received 33554433`,
    ],
    ...[
      '../w.bin',
      'a/../../w.bin',
      '%2e%2E/w.bin',
      'a/.%2e/w.bin',
      '/etc/passwd',
      '//other.org/w.bin',
      'https://other.org/w.bin',
      'file:///etc/passwd',
      'C:\\w.bin',
      '\\\\host\\w.bin',
      'a\\..\\w.bin',
      'w\u0000.bin',
    ].map(
      (path): Refusal => [
        `the path ${JSON.stringify(path)}`,
        { [URL_]: modelFile([{ paths: [path], weights: SPECS }]) },
        'FormatError',
        `${URL_}: expected weightsManifest[0].paths[0] to be a relative path within the folder of model.json, received '${path}'`,
      ],
    ),
    [
      'an empty path',
      { [URL_]: modelFile([{ paths: [''], weights: SPECS }]) },
      'FormatError',
      `${URL_}: expected weightsManifest[0].paths[0] to be a string with characters, received ''`,
    ],
  ]

  it.each(REFUSALS)('refuses %s', async (_, content, name, text) => {
    const asked: string[] = []
    const error = await http(URL_, { fetchFunc: pages(content, asked) }).load!().catch((e: unknown) => e)
    expect(error).toMatchObject({ name })
    if (typeof text === 'string') expect((error as Error).message).toBe(text)
    else expect((error as Error).message).toMatch(text)
    // Nothing is asked for outside of the folder.
    for (const url of asked) expect(url.startsWith('https://example.org/models/one/')).toBe(true)
  })

  it('reads no more of a file than it needs', async () => {
    let given = 0
    const endless = async (): Promise<Response> => {
      const stream = new ReadableStream({
        pull(controller) {
          given += 1000
          controller.enqueue(new Uint8Array(1000))
        },
      })
      return new Response(stream)
    }
    const load = http(URL_, { fetchFunc: pages({ [URL_]: modelFile(group), [beside]: endless }) }).load!()
    await expect(load).rejects.toMatchObject({ message: 'w.bin: expected 20 bytes for 2 tensors, received more' })
    expect(given).toBeLessThan(10_000)
  })
})
