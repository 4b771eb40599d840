/**
 * What `torch.save(state_dict, path)` writes: a stored zip of a pickle, in which tensors refer to files beside it. The pickle
 * is of protocol 2, in which an OrderedDict is a call and each tensor another.
 */

import { writeZip } from './zip.ts'

export interface StateTensor {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** Opcodes of Python's pickletools. */
const OP = {
  proto: 0x80,
  mark: 0x28,
  tuple: 0x74,
  global: 0x63,
  reduce: 0x52,
  emptyTuple: 0x29,
  persistentId: 0x51,
  unicode: 0x58,
  int: 0x4a,
  false: 0x89,
  setItems: 0x75,
  stop: 0x2e,
} as const

/** The bytes of a `.pt` file with tensors of float32, which torch.load reads, also with `weights_only=True`. */
export function writePyTorch(tensors: readonly (readonly [name: string, tensor: StateTensor])[]): Uint8Array {
  const files: Record<string, Uint8Array> = {}
  const text = new TextEncoder()
  const bytes: number[] = []
  const string = (value: string): void => {
    const encoded = text.encode(value)
    bytes.push(OP.unicode, ...word(encoded.length), ...encoded)
  }
  const call = (name: string): void => {
    const [, module, own] = /^(.*)\.(\w+)$/.exec(name)!
    bytes.push(OP.global, ...text.encode(`${module}\n${own}\n`))
  }
  const integer = (value: number): void => {
    bytes.push(OP.int, ...word(value))
  }
  const tuple = (values: readonly number[]): void => {
    bytes.push(OP.mark)
    for (const value of values) integer(value)
    bytes.push(OP.tuple)
  }
  const emptyDictionary = (): void => {
    call('collections.OrderedDict')
    bytes.push(OP.emptyTuple, OP.reduce)
  }
  bytes.push(OP.proto, 2)
  emptyDictionary()
  bytes.push(OP.mark)
  tensors.forEach(([name, { shape, values }], i) => {
    string(name)
    call('torch._utils._rebuild_tensor_v2')
    bytes.push(OP.mark)
    bytes.push(OP.mark)
    string('storage')
    call('torch.FloatStorage')
    string(`${i}`)
    string('cpu')
    integer(values.length)
    bytes.push(OP.tuple, OP.persistentId)
    integer(0)
    tuple(shape)
    tuple(shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1)))
    bytes.push(OP.false)
    emptyDictionary()
    bytes.push(OP.tuple, OP.reduce)
    files[`archive/data/${i}`] = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  })
  bytes.push(OP.setItems, OP.stop)
  return writeZip({ 'archive/data.pkl': Uint8Array.from(bytes), ...files, 'archive/version': text.encode('3\n') })
}

function word(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255]
}
