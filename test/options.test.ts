import { expect, it } from 'vitest'
import { ArgumentError } from '../src/errors.ts'
import { readOptions } from '../src/options.ts'

interface Options {
  readonly units?: number | null | undefined
  readonly name?: string | null | undefined
}

const read = (options: unknown): object => readOptions('test', options as Options, ['units', 'name'])

it('what is null or undefined is not given', () => {
  expect(read({ units: 1, name: null })).toEqual({ units: 1 })
  expect(Object.keys(read({ units: undefined, name: null }))).toEqual([])
  expect(read(null)).toEqual({})
  expect(read(undefined)).toEqual({})
  expect(read({ units: 0, name: '' })).toEqual({ units: 0, name: '' })
})

it('what is misspelt does not pass, given or not', () => {
  for (const value of [1, null, undefined]) {
    expect(() => read({ unit: value })).toThrow(ArgumentError)
    expect(() => read({ unit: value })).toThrow(
      "test: expected only the options units, name, received 'unit' — did you mean 'units'?",
    )
  }
})

it('what is no object is refused', () => {
  for (const options of [1, 'units', [], true]) expect(() => read(options)).toThrow('test: expected an options object')
})
