import { describe, expect, it } from 'vitest'
import { FormatError } from '../../src/errors.ts'
import type { FileTensor } from '../../src/formats/elements.ts'
import { isPyTorchLegacy, isPyTorchZip, readPyTorch } from '../../src/formats/pytorch.ts'
import { isZip, readZip } from '../../src/formats/zip.ts'
import { expectRefusal } from '../helpers/refusals.ts'
import { bytesOf, fixture, halves, mutilate } from './fixtures.ts'

function read(given: Uint8Array): Map<string, FileTensor> {
  const bytes = bytesOf(given)
  return readPyTorch(bytes, isZip(bytes) ? readZip(bytes) : undefined)
}

const TENSORS: Readonly<Record<string, readonly [shape: number[], values: number[]]>> = {
  weight: [[2, 3], halves(6)],
  turned: [
    [3, 2],
    [0, 1.5, 0.5, 2, 1, 2.5],
  ],
  part: [[2], [1, 1.5]],
  half: [[4], halves(4)],
  brain: [[4], halves(4)],
  double: [[4], halves(4)],
  counted: [[], [7]],
  truth: [[2], [1, 0]],
  parameter: [[2], [1, 1]],
}

describe('readPyTorch', () => {
  it.each(['pytorch', 'pytorchLegacy', 'pytorchCheckpoint'] as const)('reads the tensors of %s', (name) => {
    const tensors = read(fixture(name))
    expect([...tensors.keys()]).toEqual(Object.keys(TENSORS))
    for (const [key, [shape, values]] of Object.entries(TENSORS)) {
      expect([key, tensors.get(key)!.shape, [...tensors.get(key)!.values]]).toEqual([key, shape, values])
    }
  })

  it('finds the parameters and buffers of a pickled module', () => {
    expect([...read(fixture('pytorchModule')).keys()]).toEqual([
      '0.weight',
      '0.bias',
      '1.weight',
      '1.bias',
      '1.running_mean',
      '1.running_var',
      '1.num_batches_tracked',
    ])
  })

  it('tells its files from others', () => {
    expect(isPyTorchLegacy(bytesOf(fixture('pytorchLegacy')))).toBe(true)
    expect(isPyTorchLegacy(bytesOf(fixture('pytorch')))).toBe(false)
    expect(isPyTorchZip(readZip(bytesOf(fixture('pytorch'))))).toBe(true)
    expect(isPyTorchZip(readZip(bytesOf(fixture('zip'))))).toBe(false)
  })

  it('refuses what holds no tensors', () => {
    const text =
      'file: expected a state_dict of tensors, received [a PickleObject, 1] — save the weights: torch.save(model.state_dict(), path)'
    expectRefusal(() => read(fixture('pytorchOther')), FormatError, text)
  })

  it('refuses whatever is cut off or changed, or reads it', () => {
    for (const name of ['pytorch', 'pytorchLegacy', 'pytorchModule'] as const) {
      expect(mutilate(fixture(name), read, 3)).toBeGreaterThan(100)
    }
  })
})
