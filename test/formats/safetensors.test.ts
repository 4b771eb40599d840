import { describe, expect, it } from 'vitest'
import { FormatError } from '../../src/errors.ts'
import { isSafetensors, readSafetensors, writeSafetensors } from '../../src/formats/safetensors.ts'
import { expectRefusal } from '../helpers/refusals.ts'
import { bytesOf, halves, mutilate } from './fixtures.ts'

/** A file of a header and some bytes of data. */
function fileOf(header: unknown, data: ArrayLike<number> = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const file = new Uint8Array(8 + json.length + data.length)
  new DataView(file.buffer).setUint32(0, json.length, true)
  file.set(json, 8)
  file.set(data, 8 + json.length)
  return file
}

function refuses(header: unknown, data: ArrayLike<number>, text: string): void {
  expectRefusal(() => readSafetensors(bytesOf(fileOf(header, data))), FormatError, text)
}

describe('safetensors', () => {
  it('reads what it writes, with the same bits', () => {
    const values = Float32Array.of(1e-40, -0, 1 / 3, Number.NEGATIVE_INFINITY, 5, 6)
    const file = writeSafetensors(
      [
        ['b', { shape: [2, 3], values }],
        ['a', { shape: [], values: Float32Array.of(7) }],
      ],
      { format: 'pt' },
    )
    const { tensors, metadata } = readSafetensors(bytesOf(file))
    expect(isSafetensors(bytesOf(file))).toBe(true)
    expect([...tensors.keys()]).toEqual(['b', 'a'])
    expect(new Uint8Array(tensors.get('b')!.values.buffer)).toEqual(new Uint8Array(values.buffer))
    expect(tensors.get('a')).toEqual({ shape: [], dtype: 'float32', values: Float32Array.of(7) })
    expect(metadata).toEqual({ format: 'pt' })
    // The data begin at a multiple of eight.
    expect(new DataView(file.buffer).getUint32(0, true) % 8).toBe(0)
  })

  it('reads other dtypes as floats', () => {
    const of = (dtype: string, data: number[]): number[] => {
      const { tensors } = readSafetensors(bytesOf(fileOf({ x: { dtype, shape: [2], data_offsets: [0, 4] } }, data)))
      return [...tensors.get('x')!.values]
    }
    expect(of('F16', [0, 0x38, 0, 0x3c])).toEqual(halves(2, 1))
    expect(of('BF16', [0, 0x3f, 0x80, 0x3f])).toEqual(halves(2, 1))
    expect(of('I16', [0xff, 0xff, 2, 1])).toEqual([-1, 258])
  })

  it('refuses holes, overlaps, wrong sizes, unknown dtypes and what is left over', () => {
    const tensor = (begin: number, end: number, dtype = 'U8', shape: unknown = [end - begin]) => {
      return { dtype, shape, data_offsets: [begin, end] }
    }
    const a = "file, tensor 'a': expected"
    refuses(
      { a: tensor(1, 2) },
      [0, 0],
      "file, offset 62: expected tensor 'a' where the one before it ends, at 0, received 1",
    )
    refuses(
      { a: tensor(0, 2), b: tensor(1, 2) },
      [0, 0],
      "file, offset 114: expected tensor 'b' where the one before it ends, at 2, received 1",
    )
    refuses({ a: tensor(0, 1) }, [0, 0], 'file, offset 62: expected the end of the file, received 1 bytes more')
    refuses({ a: tensor(0, 3) }, [0, 0], `${a} data_offsets within 2 bytes, received [0, 3]`)
    refuses({ a: tensor(0, 2, 'F32', [1]) }, [0, 0], `${a} 4 bytes for F32 [1], received 2`)
    refuses({ a: tensor(0, 2, 'U8', [2, -1]) }, [0, 0], `${a} shape to be integers of at least 0, received [2, -1]`)
    refuses(
      { a: tensor(0, 2, 'F8_E4M3') },
      [0, 0],
      `${a} dtype to be one of BOOL, U8, I8, U16, I16, F16, BF16, U32, I32, F32, U64, I64, F64, received 'F8_E4M3'`,
    )
    refuses('{"__proto__":{}}', [], "file: expected no key '__proto__', received one in the file")
  })

  it('refuses whatever is cut off or changed, or reads it', () => {
    const file = writeSafetensors([['weight', { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }]])
    expect(mutilate(file, (bytes) => readSafetensors(bytesOf(bytes)))).toBeGreaterThan(100)
  })
})
