/**
 * Weights that `torch.save` wrote: a zip with a pickle and a file for each storage, or, before PyTorch 1.6, several
 * pickles in a row with the storages behind them. Found are the tensors of a state_dict, of a checkpoint that holds one,
 * or of a pickled module; nothing of the pickle is run.
 */

import { FormatError, show } from '../errors.ts'
import { Bytes } from './bytes.ts'
import { ELEMENT_BYTES, type ElementType, type FileTensor, toFloats } from './elements.ts'
import { PickleGlobal, PickleObject, PickleReference, readPickle } from './pickle.ts'
import type { ZipArchive } from './zip.ts'

/** What PyTorch's old files begin with: 0x1950a86a20f9469cfc6c, as a pickled integer of ten bytes. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn
const LEGACY_VERSION = 1001

/** Storages by the class that holds them. */
const STORAGES: Readonly<Record<string, ElementType>> = {
  'torch.BFloat16Storage': 'bfloat16',
  'torch.BoolStorage': 'bool',
  'torch.ByteStorage': 'uint8',
  'torch.CharStorage': 'int8',
  'torch.DoubleStorage': 'float64',
  'torch.FloatStorage': 'float32',
  'torch.HalfStorage': 'float16',
  'torch.IntStorage': 'int32',
  'torch.LongStorage': 'int64',
  'torch.ShortStorage': 'int16',
}

/** The keys under which checkpoints hold a state_dict, the likeliest first. */
const NESTED = ['state_dict', 'model_state_dict', 'model', 'net', 'network', 'weights', 'module', 'params', 'ema']
/** Modules within modules. */
const MAX_DEPTH = 32

/** A storage: where its bytes are. */
interface Storage {
  readonly dtype: ElementType
  readonly bytes: Uint8Array
  readonly littleEndian: boolean
}

type FindStorage = (reference: PickleReference) => Storage

/** Whether an archive is one of PyTorch's. */
export function isPyTorchZip(archive: ZipArchive): boolean {
  return archive.names.some((name) => /(^|\/)data\.pkl$/.test(name))
}

/** Whether bytes begin as a file of PyTorch before 1.6 does: a pickle of the magic number. */
export function isPyTorchLegacy(bytes: Bytes): boolean {
  return bytes.has(0, '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.')
}

/**
 * The tensors by name, in the order of the file.
 * @throws FormatError for a file without tensors, or with tensors that do not lie in it
 */
export function readPyTorch(bytes: Bytes, archive?: ZipArchive): Map<string, FileTensor> {
  return archive === undefined ? readLegacy(bytes) : readArchive(bytes, archive)
}

function readArchive(bytes: Bytes, archive: ZipArchive): Map<string, FileTensor> {
  const { file } = bytes
  const pickle = archive.names.find((name) => /(^|\/)data\.pkl$/.test(name))
  if (pickle === undefined)
    throw new FormatError({ who: file, expected: 'an entry data.pkl', received: show(archive.names) })
  const folder = pickle.slice(0, -'data.pkl'.length)
  const order = `${folder}byteorder`
  const littleEndian = !archive.has(order) || !/big/.test(new TextDecoder().decode(archive.read(order)))
  const { value } = readPickle(new Bytes(`${file}, ${pickle}`, archive.read(pickle)))
  const storages = new Map<string, Storage>()
  return tensorsOf(bytes, value, (reference) => {
    const { key, dtype } = storageId(bytes, reference)
    const known = storages.get(key)
    if (known !== undefined) return known
    const storage = { dtype, bytes: archive.read(`${folder}data/${key}`), littleEndian }
    storages.set(key, storage)
    return storage
  })
}

function readLegacy(bytes: Bytes): Map<string, FileTensor> {
  const magic = readPickle(bytes)
  const version = readPickle(bytes, magic.end)
  if (magic.value !== LEGACY_MAGIC || version.value !== LEGACY_VERSION) {
    throw bytes.error(0, `a file of torch.save of version ${LEGACY_VERSION}`, show(version.value))
  }
  const system = readPickle(bytes, version.end)
  const littleEndian = !(system.value instanceof Map) || system.value.get('little_endian') !== false
  const { value, end } = readPickle(bytes, system.end)
  const keys = readPickle(bytes, end)
  const references = new Map<string, { key: string; dtype: ElementType }>()
  walk(value, (each) => {
    if (!(each instanceof PickleReference) || storageId(bytes, each, true) === undefined) return
    const id = storageId(bytes, each)
    references.set(id.key, id)
  })
  const storages = new Map<string, Storage>()
  let at = keys.end
  for (const key of Array.isArray(keys.value) ? keys.value : []) {
    const id = references.get(String(key))
    if (id === undefined) throw bytes.error(at, `a tensor of storage ${show(key)}`, 'none')
    const length = bytes.u64(at) * ELEMENT_BYTES[id.dtype]
    storages.set(id.key, {
      dtype: id.dtype,
      bytes: bytes.slice(at + 8, length, `bytes of storage ${show(key)}`),
      littleEndian,
    })
    at += 8 + length
  }
  return tensorsOf(bytes, value, (reference) => {
    const { key } = storageId(bytes, reference)
    const storage = storages.get(key)
    if (storage === undefined) throw bytes.error(0, `a storage ${show(key)}`, show([...storages.keys()]))
    return storage
  })
}

/** Visits all values within a pickle, each once. */
function walk(value: unknown, visit: (value: unknown) => void): void {
  const seen = new Set<unknown>()
  const left = [value]
  while (left.length > 0) {
    const next = left.pop()
    if (typeof next !== 'object' || next === null || seen.has(next)) continue
    seen.add(next)
    visit(next)
    if (Array.isArray(next)) for (const item of next) left.push(item)
    else if (next instanceof Map) for (const item of next.values()) left.push(item)
    else if (next instanceof PickleObject) left.push(next.state, ...next.args)
  }
}

function storageId(bytes: Bytes, reference: PickleReference): { key: string; dtype: ElementType }
function storageId(
  bytes: Bytes,
  reference: PickleReference,
  lenient: true,
): { key: string; dtype: ElementType } | undefined
function storageId(
  { file }: Bytes,
  { id }: PickleReference,
  lenient = false,
): { key: string; dtype: ElementType } | undefined {
  const [kind, type, key] = Array.isArray(id) ? id : []
  const name = type instanceof PickleGlobal ? type.name : ''
  if (kind === 'storage' && Object.hasOwn(STORAGES, name)) return { key: String(key), dtype: STORAGES[name]! }
  if (lenient) return undefined
  const expected = `a storage of ${Object.keys(STORAGES).join(', ')}`
  throw new FormatError({ who: file, expected, received: name === '' ? show(id) : name })
}

/** The tensors of a state_dict, wherever it is in what was saved. */
function tensorsOf(bytes: Bytes, value: unknown, find: FindStorage): Map<string, FileTensor> {
  const dictionary = stateDictOf(value, 0)
  if (dictionary === undefined) {
    const received = value instanceof PickleObject ? `an object of class ${value.type}` : show(value)
    const hint = 'save the weights: torch.save(model.state_dict(), path)'
    throw new FormatError({ who: bytes.file, expected: 'a state_dict of tensors', received, hint })
  }
  const tensors = new Map<string, FileTensor>()
  for (const [name, entry] of dictionary) {
    if (typeof name === 'string' && tensorObject(entry) !== undefined)
      tensors.set(name, toTensor(bytes, name, entry, find))
  }
  return tensors
}

function stateDictOf(value: unknown, depth: number): Map<unknown, unknown> | undefined {
  if (depth > 3) return undefined
  if (value instanceof PickleObject) {
    const tensors = new Map<unknown, unknown>()
    collectModule(value, '', tensors, 0)
    return tensors.size > 0 ? tensors : undefined
  }
  if (!(value instanceof Map)) return undefined
  if ([...value.values()].some((item) => tensorObject(item) !== undefined)) return value
  const keys = [...NESTED.filter((key) => value.has(key)), ...value.keys()]
  for (const key of keys) {
    // An optimizer's state has tensors too, and is not what is looked for.
    if (/optim|sched/i.test(String(key))) continue
    const found = stateDictOf(value.get(key), depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

/** The parameters and buffers of a pickled module and those within it: 'features.0.weight'. */
function collectModule(module: PickleObject, prefix: string, tensors: Map<unknown, unknown>, depth: number): void {
  if (depth > MAX_DEPTH || !(module.state instanceof Map)) return
  for (const part of ['_parameters', '_buffers']) {
    const entries = module.state.get(part)
    if (!(entries instanceof Map)) continue
    for (const [name, value] of entries)
      if (tensorObject(value) !== undefined) tensors.set(prefix + String(name), value)
  }
  const modules = module.state.get('_modules')
  if (!(modules instanceof Map)) return
  // A module that holds itself twice would be walked 2³² times: what was seen in this file is counted by its tensors.
  for (const [name, child] of modules) {
    if (tensors.size > 65536) return
    if (child instanceof PickleObject) collectModule(child, `${prefix}${String(name)}.`, tensors, depth + 1)
  }
}

/** The call that rebuilds a tensor, out of those that wrap it. */
function tensorObject(value: unknown): PickleObject | undefined {
  let object = value
  for (let depth = 0; depth < 4 && object instanceof PickleObject; depth++) {
    const { type, args } = object
    if (type === 'torch._utils._rebuild_tensor_v2' || type === 'torch._utils._rebuild_tensor') return object
    if (type === 'torch._utils._rebuild_parameter' || type === 'torch._utils._rebuild_parameter_with_state')
      object = args[0]
    else if (type === 'torch._tensor._rebuild_from_type_v2' && Array.isArray(args[2])) {
      object = args[0] instanceof PickleGlobal ? new PickleObject(args[0].name, args[2]) : undefined
    } else return undefined
  }
  return undefined
}

function toTensor(bytes: Bytes, name: string, value: unknown, find: FindStorage): FileTensor {
  const who = `${bytes.file}, tensor ${show(name)}`
  const [reference, offset, shape, strides] = tensorObject(value)!.args
  const isSizes = (sizes: unknown): sizes is number[] =>
    Array.isArray(sizes) && sizes.length <= 32 && sizes.every((size) => Number.isSafeInteger(size) && size >= 0)
  if (
    !(reference instanceof PickleReference) ||
    !isSizes([offset]) ||
    !isSizes(shape) ||
    !isSizes(strides) ||
    shape.length !== strides.length
  ) {
    throw new FormatError({
      who,
      expected: 'a storage, an offset, a shape and strides',
      received: show([offset, shape, strides]),
    })
  }
  const { dtype, bytes: stored, littleEndian } = find(reference)
  const size = ELEMENT_BYTES[dtype]
  const count = shape.reduce((product, length) => product * length, 1)
  const last = shape.reduce((at, length, axis) => at + (length - 1) * strides[axis]!, offset as number)
  if (count > 0 && (last + 1) * size > stored.length) {
    const received = `a storage of ${Math.floor(stored.length / size)}`
    throw new FormatError({ who, expected: `element ${last} of its storage`, received })
  }
  bytes.spend(0, count * 4)
  const whole = toFloatsOf(stored, dtype, littleEndian, offset as number, last, count)
  return { shape, dtype, values: isDense(shape, strides) ? whole : gather(whole, shape, strides, count) }
}

/** The elements from `first` to `last` of a storage. */
function toFloatsOf(
  stored: Uint8Array,
  dtype: ElementType,
  littleEndian: boolean,
  first: number,
  last: number,
  count: number,
): Float32Array {
  if (count === 0) return new Float32Array(0)
  const size = ELEMENT_BYTES[dtype]
  const elements = last - first + 1
  return toFloats(stored.subarray(first * size, (last + 1) * size), dtype, elements, littleEndian)
}

/** Whether the elements lie one after the other in the order of the axes. */
function isDense(shape: readonly number[], strides: readonly number[]): boolean {
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== stride) return false
    stride *= shape[axis]!
  }
  return true
}

function gather(
  whole: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
  count: number,
): Float32Array {
  const values = new Float32Array(count)
  const index = shape.map(() => 0)
  let from = 0
  for (let i = 0; i < count; i++) {
    values[i] = whole[from]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return values
}
