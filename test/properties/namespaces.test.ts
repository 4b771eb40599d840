/** Whatever the functions beside the ops are given, they answer, or refuse with an error of ours. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import * as absent from '../../src/api/absent.ts'
import * as util from '../../src/api/util.ts'
import { digitFromPixels, normalizeDigit } from '../../src/data/digit-picture.ts'
import { QuadlaneError } from '../../src/errors.ts'
import * as exports from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import * as layers from '../../src/layers/index.ts'
import { model } from '../../src/model/model.ts'
import { sequential } from '../../src/model/sequential.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { dispose } from '../../src/tensor.ts'
import * as zoo from '../../src/zoo/index.ts'

type AnyFunction = (...args: unknown[]) => unknown

const { callbacks, constraints, initializers, losses, metrics, regularizers, schedules, train } = exports
const NAMESPACES: Readonly<Record<string, object>> = {
  ...{ callbacks, constraints, initializers, layers, losses, metrics, regularizers, schedules, train, util, zoo },
  data: { digitFromPixels, normalizeDigit },
  models: { model, sequential },
}
const ABSENT = new Set<unknown>(Object.values(absent))

/** What no function takes, and what some take. */
const FIRST = [
  ...[undefined, null, 3, -1, 0.5, Number.NaN, 'x', '', true, 1n, Symbol('s'), () => 1],
  ...[
    [],
    [[]],
    [null],
    {},
    { a: 1 },
    Object.create(null),
    new Date(0),
    new Float32Array(2),
    new DataView(new ArrayBuffer(4)),
  ],
]
const SECOND = [undefined, null, 2, 'y', {}, [1], Symbol('t')]

beforeAll(() => init({ simd: 'baseline', threads: 1 }))
afterAll(shutdown)

function functionsOf(namespace: object): [string, AnyFunction][] {
  return Object.entries(namespace).filter(
    ([name, value]) => typeof value === 'function' && /^[a-z]/.test(name) && !ABSENT.has(value),
  )
}

async function refusal(call: () => unknown): Promise<unknown> {
  try {
    dispose(await call())
  } catch (error) {
    return error
  }
}

describe.each(Object.entries(NAMESPACES))('%s', (namespace, functions) => {
  it.each(functionsOf(functions))(`${namespace}.%s answers, or refuses with a typed error`, async (name, f) => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    // Its address is the platform's to refuse, and its promise too.
    if (name === 'fetch') return
    for (const args of [[], ...FIRST.map((first) => [first]), ...FIRST.flatMap((a) => SECOND.map((b) => [a, b]))]) {
      const error = await refusal(() => f(...args))
      if (error !== undefined && !(error instanceof QuadlaneError)) throw error
      if (error !== undefined) expect((error as Error).message).not.toMatch(/^undefined/)
    }
  })
})
