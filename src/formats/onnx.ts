/** ONNX files: the messages of onnx.proto3 as plain data, with the tensors read, from files beside it too. */

import { FormatError, show } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { ELEMENT_BYTES, type ElementType, type FileTensor, toFloats } from './elements.ts'
import { Message } from './protobuf.ts'

/** Element types by their number in TensorProto.DataType. */
const TYPES: Readonly<Record<number, ElementType>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
}

/** More than a WebAssembly memory holds. */
const MAX_BYTES = 2 ** 32

export type OnnxAttribute = number | string | FileTensor | readonly number[] | readonly string[]

export interface OnnxNode {
  readonly name: string
  readonly type: string
  /** '' for the operators of ONNX itself. */
  readonly domain: string
  /** '' where an optional input is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, OnnxAttribute>
}

export interface OnnxValue {
  readonly name: string
  /** null where any size is allowed. Undefined where the rank is not known. */
  readonly shape: readonly (number | null)[] | undefined
}

export interface OnnxModel {
  readonly producer: string
  readonly opset: number
  readonly nodes: readonly OnnxNode[]
  readonly initializers: ReadonlyMap<string, FileTensor>
  /** Without those that are initializers. */
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

/** At most `limit` bytes of a file beside the model. */
export type ReadBeside = (path: string, limit: number) => Promise<Uint8Array>

/** Whether bytes begin as an ONNX model does: with the version of its format, a small number. */
export function isOnnx(bytes: Bytes): boolean {
  if (bytes.length < 8 || bytes.u8(0) !== 0x08 || bytes.u8(1) > 32) return false
  const next = bytes.u8(2)
  // Whatever field comes then is one of ModelProto's.
  return next >> 3 >= 2 && next >> 3 <= 26
}

/** @throws FormatError for what is no ONNX model, or has tensors that are not there */
export async function readOnnx(bytes: Bytes, beside: ReadBeside): Promise<OnnxModel> {
  const { file } = bytes
  const model = new Message(bytes)
  const graph = model.message(7)
  if (graph === undefined)
    throw new FormatError({ who: file, expected: 'an ONNX model', received: 'one without a graph' })
  const opset = model.messages(8).find((entry) => ['', 'ai.onnx'].includes(entry.text(1)))
  const external = new Map<string, Uint8Array>()
  const initializers = new Map<string, FileTensor>()
  for (const tensor of graph.messages(5)) {
    const name = tensor.text(8)
    initializers.set(name, await tensorOf(file, name, tensor, beside, external))
  }
  if (graph.has(15)) throw new FormatError({ who: file, expected: 'dense initializers', received: 'sparse ones' })
  const nodes: OnnxNode[] = []
  for (const node of graph.messages(1)) nodes.push(await nodeOf(file, node, beside, external))
  return {
    producer: `${model.text(2)} ${model.text(3)}`.trim(),
    opset: opset?.integer(2) ?? 1,
    nodes,
    initializers,
    inputs: graph
      .messages(11)
      .map(valueInfo)
      .filter(({ name }) => !initializers.has(name)),
    outputs: graph.messages(12).map(valueInfo),
  }
}

async function nodeOf(
  file: string,
  node: Message,
  beside: ReadBeside,
  external: Map<string, Uint8Array>,
): Promise<OnnxNode> {
  const attributes = new Map<string, OnnxAttribute>()
  const [name, type] = [node.text(3), node.text(4)]
  for (const attribute of node.messages(5)) {
    const key = attribute.text(1)
    const value = await attributeOf(`${file}, node ${show(name || type)}`, key, attribute, beside, external)
    if (value !== undefined) attributes.set(key, value)
  }
  const domain = node.text(7) === 'ai.onnx' ? '' : node.text(7)
  return { name, type, domain, inputs: node.texts(1), outputs: node.texts(2), attributes }
}

async function attributeOf(
  who: string,
  key: string,
  attribute: Message,
  beside: ReadBeside,
  external: Map<string, Uint8Array>,
): Promise<OnnxAttribute | undefined> {
  const tensor = attribute.message(5)
  if (tensor !== undefined) return tensorOf(who, key, tensor, beside, external)
  const type = attribute.integer(20)
  if (type === 1 || (type === undefined && attribute.has(2))) return attribute.float(2) ?? 0
  if (type === 2 || (type === undefined && attribute.has(3))) return attribute.integer(3) ?? 0
  if (type === 3 || (type === undefined && attribute.has(4))) return attribute.text(4)
  if (type === 6 || attribute.has(7)) return [...attribute.floats(7)]
  if (type === 7 || attribute.has(8)) return attribute.integers(8)
  if (type === 8 || attribute.has(9)) return attribute.texts(9)
  return undefined
}

function valueInfo(value: Message): OnnxValue {
  const shape = value.message(2)?.message(1)?.message(2)
  // A size of 0 or less is one that the exporter did not know.
  const sizes = shape?.messages(1).map((dim) => {
    const size = dim.integer(1) ?? 0
    return size > 0 ? size : null
  })
  return { name: value.text(1), shape: sizes }
}

async function tensorOf(
  file: string,
  name: string,
  tensor: Message,
  beside: ReadBeside,
  external: Map<string, Uint8Array>,
): Promise<FileTensor> {
  const who = `${file}, tensor ${show(name)}`
  const number = tensor.integer(2) ?? 0
  const dtype = Object.hasOwn(TYPES, number) ? TYPES[number]! : undefined
  if (dtype === undefined) {
    throw new FormatError({
      who,
      expected: `elements of ${[...new Set(Object.values(TYPES))].join(', ')}`,
      received: `type ${number}`,
    })
  }
  const shape = tensor.integers(1)
  const count = shape.reduce((product, size) => product * size, 1)
  if (shape.length > 16 || shape.some((size) => size < 0) || !(count <= MAX_BYTES / 4)) {
    throw new FormatError({ who, expected: 'sizes of a tensor', received: show(shape) })
  }
  const bytes = count * ELEMENT_BYTES[dtype]
  if (tensor.integer(14) === 1) {
    const raw = await externalBytes(who, tensor, bytes, beside, external)
    return { shape, dtype, values: toFloats(raw, dtype, count) }
  }
  const raw = tensor.data(9)
  if (raw !== undefined) {
    if (raw.length !== bytes) throw new FormatError({ who, expected: `${bytes} bytes`, received: `${raw.length}` })
    return { shape, dtype, values: toFloats(raw, dtype, count) }
  }
  const values = typedValues(tensor, dtype)
  if (values.length !== count)
    throw new FormatError({ who, expected: `${count} elements`, received: `${values.length}` })
  return { shape, dtype, values }
}

/** Elements that are not raw: each type has a field that holds it. */
function typedValues(tensor: Message, dtype: ElementType): Float32Array {
  if (dtype === 'float32') return tensor.floats(4)
  if (dtype === 'float64') return tensor.doubles(10)
  if (dtype === 'int64') return Float32Array.from(tensor.integers(7))
  if (dtype === 'uint64' || dtype === 'uint32') return Float32Array.from(tensor.integers(11))
  const integers = tensor.integers(5)
  if (dtype !== 'float16' && dtype !== 'bfloat16') return Float32Array.from(integers)
  return toFloats(new Uint8Array(Uint16Array.from(integers).buffer), dtype, integers.length)
}

async function externalBytes(
  who: string,
  tensor: Message,
  bytes: number,
  beside: ReadBeside,
  external: Map<string, Uint8Array>,
): Promise<Uint8Array> {
  const entries = new Map(tensor.messages(13).map((entry) => [entry.text(1), entry.text(2)]))
  const location = entries.get('location')
  const offset = Number(entries.get('offset') ?? 0)
  const length = Number(entries.get('length') ?? bytes)
  if (location === undefined || !Number.isSafeInteger(offset) || offset < 0 || length !== bytes) {
    const received = show([location, entries.get('offset'), entries.get('length')])
    throw new FormatError({ who, expected: `a location, an offset and ${bytes} bytes of external data`, received })
  }
  let data = external.get(location)
  if (data === undefined) external.set(location, (data = await beside(location, MAX_BYTES)))
  if (offset + bytes <= data.length) return data.subarray(offset, offset + bytes)
  throw new FormatError({
    who,
    expected: `${bytes} bytes at offset ${offset} of ${location}`,
    received: `${data.length} bytes in all`,
  })
}
