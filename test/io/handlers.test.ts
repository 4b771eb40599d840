import { describe, expect, it } from 'vitest'
import { files } from '#files'
import { ArgumentError } from '../../src/errors.ts'
import type { ModelArtifacts } from '../../src/formats/model-artifacts.ts'
import { fromMemory, handlerFor, http, withSaveHandler } from '../../src/io/handlers.ts'

const ARTIFACTS: ModelArtifacts = { modelTopology: {}, weightSpecs: [], weightData: new ArrayBuffer(0) }

describe('handlerFor', () => {
  it('takes a handler as it is', () => {
    const handler = fromMemory(ARTIFACTS)
    expect(handlerFor('loadLayersModel', handler, 'load')).toBe(handler)
  })

  it('finds one by the scheme', () => {
    for (const scheme of Object.keys(files.schemes)) {
      if (scheme === 'downloads://') continue
      expect(handlerFor('loadLayersModel', `${scheme}a/model.json`, 'load').source).toContain('model.json')
    }
  })

  const known = Object.keys(files.schemes).join(', ')
  const refusals: [what: string, call: () => unknown, text: string][] = [
    [
      'an unknown scheme',
      () => handlerFor('save', 'ftp://models/a', 'save'),
      `save: expected a URL that begins with ${known}, received 'ftp://models/a'`,
    ],
    [
      'a scheme that cannot be written to',
      () => handlerFor('save', 'https://example.org/a', 'save'),
      "save: expected a URL or a handler that can be written to, received 'https://example.org/a' — use io.withSaveHandler to send it there",
    ],
    [
      'a handler that only saves',
      () =>
        handlerFor(
          'loadLayersModel',
          withSaveHandler(async () => ({}) as never),
          'load',
        ),
      'loadLayersModel: expected a URL or a handler that can be read from, received {save}',
    ],
    [
      'null',
      () => handlerFor('save', null as never, 'save'),
      'save: expected a URL or a handler that can be written to, received null',
    ],
    ['no function', () => withSaveHandler(3 as never), 'io.withSaveHandler: expected a function, received 3'],
    ['no artifacts', () => fromMemory(null as never), 'io.fromMemory: expected model artifacts, received null'],
    [
      'a misspelt option',
      () => http('https://example.org/model.json', { fetch: () => {} } as never),
      "io.http: expected only the options requestInit, fetchFunc, onProgress, weightPathPrefix, weightUrlConverter, received 'fetch'",
    ],
  ]

  it.each(refusals)('refuses %s', (_, call, text) => {
    expect(call).toThrow(ArgumentError)
    expect(call).toThrow(expect.objectContaining({ message: text }))
  })

  it.runIf('downloads://' in files.schemes)('refuses to read what has been downloaded', () => {
    const call = (): unknown => handlerFor('loadLayersModel', 'downloads://a', 'load')
    const message = "loadLayersModel: expected a URL or a handler that can be read from, received 'downloads://a'"
    expect(call).toThrow(expect.objectContaining({ message }))
  })

  it.skipIf(!('file://' in files.schemes))(
    'refuses a path without a scheme, with a hint, where there is no page',
    () => {
      const call = (): unknown => handlerFor('save', 'runs/a', 'save')
      const message = `save: expected a URL that begins with ${known}, received 'runs/a' — did you mean 'file://runs/a'?`
      expect(call).toThrow(expect.objectContaining({ message }))
    },
  )
})
