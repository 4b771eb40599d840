/**
 * Tensors: a shape, a dtype and a reference to a buffer in the WebAssembly memory. Elements lie in row-major order, four
 * bytes each: float32, or int32 for 'int32' and 'bool'. Several tensors may share a buffer (reshape, clone); it goes
 * back to the allocator with the last of them. `tidy` disposes what a function leaves behind, and a finalizer takes
 * care of tensors that are dropped without `dispose`.
 */

import type { ChainedOps } from './chained-ops.ts'
import { ArgumentError, listed, ShapeError, StateError, show, showShape } from './errors.ts'
import { checkAlive, isAlive, type Runtime, runtime, type Scoped } from './runtime/runtime.ts'
import { checkedSize, checkShape, MAX_RANK, type Shape, sizeOf } from './shape.ts'
import { type Shown, tensorText } from './tensor-text.ts'
import { isFloatArray, isNumberArray, viewName } from './typed-arrays.ts'

export const DATA_TYPES = ['float32', 'int32', 'bool'] as const
/** What a tensor's elements are. */
export type DataType = (typeof DATA_TYPES)[number]

/** The typed arrays that tensors are made of. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
export type NestedArray = number | boolean | readonly NestedArray[]
/** What can be made a tensor: numbers or booleans, nested as deep as the rank, or a typed array. */
export type TensorValues = NestedArray | TypedArray | readonly TypedArray[]
/** A tensor, or values for one: ops take both. */
export type TensorLike = Tensor | TensorValues

interface DataTypeArrays {
  float32: Float32Array
  int32: Int32Array
  bool: Uint8Array
}

/** A block of the WebAssembly memory that lives as long as someone holds it. */
export class Buffer {
  readonly owner: Runtime
  readonly at: number
  readonly bytes: number
  /** How often the elements may have changed: what is made of several buffers compares it with what it was made of. */
  changes = 0
  #holders = 1
  #derived: { readonly kind: string; readonly at: number } | undefined

  constructor(owner: Runtime, bytes: number, who: string) {
    this.owner = owner
    this.bytes = bytes
    this.at = owner.memory.allocate(bytes, who)
    owner.tensors++
  }

  get shared(): boolean {
    return this.#holders > 1
  }

  hold(): this {
    this.#holders++
    this.owner.tensors++
    return this
  }

  release(): void {
    this.owner.tensors--
    if (--this.#holders > 0) return
    this.#forget()
    this.owner.memory.free(this.at)
  }

  /**
   * The address of something of `bytes` bytes that is computed from the elements, a packed filter say. It is computed
   * once and kept until the elements change; of one kind at a time.
   */
  derived(kind: string, bytes: number, who: string, compute: (at: number) => void): number {
    if (this.#derived?.kind === kind) return this.#derived.at
    this.#forget()
    const at = this.owner.memory.allocate(bytes, who)
    try {
      compute(at)
    } catch (error) {
      this.owner.memory.free(at)
      throw error
    }
    this.#derived = { kind, at }
    return at
  }

  /** To be called by whoever changes the elements: what has been computed from them is worth nothing any more. */
  changed(): void {
    this.changes++
    this.#forget()
  }

  #forget(): void {
    if (this.#derived !== undefined) this.owner.memory.free(this.#derived.at)
    this.#derived = undefined
  }
}

const dropped = new FinalizationRegistry<Buffer>((buffer) => buffer.release())

export interface Tensor extends ChainedOps {}

/** An n-dimensional array. Made by `tensor` and its relatives, and by every op; never by hand. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface adds the ops, which are written above this file
export class Tensor {
  /** A number that no other tensor has; an alias that is the same tensor to a tape shares it. */
  readonly id: number
  /** The sizes of the axes, frozen. */
  readonly shape: Shape
  /** 'float32', 'int32' or 'bool'. */
  readonly dtype: DataType
  /** The number of elements. */
  readonly size: number
  readonly #buffer: Buffer
  #disposed = false
  #watched = false
  /**
   * Whether the end of a scope leaves it alone.
   * @internal
   */
  kept = false

  /**
   * Takes over the caller's hold on `buffer`. Without an id it is a tensor of its own. One that is not `scoped` lives
   * until it is disposed: no scope and no finalizer will do it.
   * @internal
   */
  constructor(buffer: Buffer, shape: Shape, dtype: DataType, id?: number, scoped = true) {
    const owner = buffer.owner
    this.id = id ?? owner.nextId()
    // Tensors share shapes; whoever changed one would change them all.
    this.shape = Object.isFrozen(shape) ? shape : Object.freeze([...shape])
    this.dtype = dtype
    this.size = sizeOf(shape)
    this.#buffer = buffer
    if (!scoped) return
    const scope = owner.scopes.at(-1)
    if (scope === undefined) this.leave()
    else scope.push(this)
  }

  /** The number of axes. */
  get rank(): number {
    return this.shape.length
  }

  /** Whether its memory has been given back. */
  get isDisposed(): boolean {
    return this.#disposed
  }

  /**
   * The memory of the elements, for kernels. Throws where the tensor has been disposed or its runtime shut down.
   * @internal
   */
  storage(who: string): Buffer {
    if (this.#disposed) {
      throw new StateError({
        who,
        expected: 'a tensor that has not been disposed',
        received: `a disposed one of shape ${showShape(this.shape)}`,
        hint: 'keep() it or return it from tidy()',
      })
    }
    checkAlive(who, this.#buffer.owner)
    return this.#buffer
  }

  /**
   * The address of the first element.
   * @internal
   */
  at(who: string): number {
    return this.storage(who).at
  }

  /**
   * Another tensor over the same buffer, with this or another shape of as many elements.
   * @internal
   */
  alias(who: string, shape: Shape = this.shape): Tensor {
    checkedSize(who, shape)
    return new Tensor(this.storage(who).hold(), shape, this.dtype)
  }

  /**
   * An alias that is the same tensor to a tape.
   * @internal
   */
  twin(who: string, scoped = true): Tensor {
    return new Tensor(this.storage(who).hold(), this.shape, this.dtype, this.id, scoped)
  }

  /**
   * A view of the elements that is valid until the next op. It may be written to.
   * @internal
   */
  view(who = 'view'): Float32Array | Int32Array {
    this.storage(who).changed()
    return this.#elements(who)
  }

  #elements(who: string): Float32Array | Int32Array {
    const { at, owner } = this.storage(who)
    return this.dtype === 'float32' ? owner.memory.f32(at, this.size) : owner.memory.i32(at, this.size)
  }

  /**
   * The elements, copied: Float32Array, Int32Array for 'int32', Uint8Array for 'bool'.
   * @throws StateError where it has been disposed
   * @example
   * console.log(tensor([[1, 2], [3, 4]]).dataSync()) // Float32Array(4) [ 1, 2, 3, 4 ]
   */
  dataSync<D extends DataType = 'float32'>(): DataTypeArrays[D] {
    const view = this.#elements('dataSync')
    return (this.dtype === 'bool' ? Uint8Array.from(view) : view.slice()) as DataTypeArrays[D]
  }

  /**
   * As `dataSync`, as a promise.
   * @example
   * console.log(await tensor([1, 2]).data()) // Float32Array(2) [ 1, 2 ]
   */
  async data<D extends DataType = 'float32'>(): Promise<DataTypeArrays[D]> {
    return this.dataSync<D>()
  }

  /**
   * The bytes of what `data` gives, as a promise.
   * @example
   * console.log((await tensor([1, 2]).bytes()).length) // 8
   */
  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(this.dataSync().buffer)
  }

  /**
   * Throws where it has been disposed.
   * @throws StateError where it has been disposed
   * @example
   * tensor([1, 2]).throwIfDisposed()
   */
  throwIfDisposed(): void {
    this.storage('throwIfDisposed')
  }

  /**
   * Throws: there is no GPU. `data` has the elements.
   * @throws StateError always
   * @example
   * try { tensor([1]).dataToGPU() } catch (error) { console.log(error.name) } // StateError
   */
  dataToGPU(): never {
    const received = 'one of TF.js alone: quadlane has no dataToGPU'
    throw new StateError({ who: 'dataToGPU', expected: 'a function of quadlane', received, hint: 'use data()' })
  }

  /**
   * The elements as nested arrays; a number for a scalar.
   * @throws StateError where it has been disposed
   * @example
   * console.log(tensor([1, 2, 3, 4], [2, 2]).arraySync()) // [ [ 1, 2 ], [ 3, 4 ] ]
   */
  arraySync(): NestedArray {
    const data = this.#elements('arraySync')
    const nest = (axis: number, from: number): NestedArray => {
      const length = this.shape[axis]
      if (length === undefined) return data[from]!
      const step = sizeOf(this.shape.slice(axis + 1))
      return Array.from({ length }, (_, i) => nest(axis + 1, from + i * step))
    }
    return nest(0, 0)
  }

  /**
   * As `arraySync`, as a promise.
   * @example
   * console.log(await scalar(3).array()) // 3
   */
  async array(): Promise<NestedArray> {
    return this.arraySync()
  }

  /**
   * Gives the memory back. A second call does nothing.
   * @example
   * const x = tensor([1, 2])
   * x.dispose()
   * console.log(x.isDisposed) // true
   */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    if (this.#watched) dropped.unregister(this)
    this.#buffer.release()
  }

  /**
   * Leaves it to the garbage collector: no scope cares for it any more. Finalizers are costly, for the engine too, so
   * what a scope will dispose has none.
   * @internal
   */
  leave(): void {
    if (this.#watched) return
    this.#watched = true
    dropped.register(this, this.#buffer, this)
  }

  /** As `dispose`, at the end of a block in which it was declared by `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /**
   * The matrix, cut in the middle where it is large; `verbose` puts dtype, rank and shape above it.
   * @param verbose whether dtype, rank and shape have lines of their own; default false
   * @example
   * console.log(tensor([1, 2]).toString())
   * // Tensor float32 [2]
   * //     [1, 2]
   */
  toString(verbose?: boolean): string {
    return tensorText(this.#shown(), verbose ?? false)
  }

  /** What `console.log` shows in Node. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  #shown(): Shown {
    const { shape, dtype } = this
    // A text says that there is nothing to read, where an op would throw.
    const isGone = this.isDisposed || !isAlive(this.#buffer.owner)
    return { shape, dtype, values: isGone ? undefined : this.#elements('toString') }
  }
}

/** A tensor of rank 0, to readers: ranks are checked as programs run, so the types of all ranks are one. */
export type Scalar = Tensor
/** A tensor of rank 1, to readers. */
export type Tensor1D = Tensor
/** A tensor of rank 2, to readers. */
export type Tensor2D = Tensor
/** A tensor of rank 3, to readers. */
export type Tensor3D = Tensor
/** A tensor of rank 4, to readers. */
export type Tensor4D = Tensor
/** A tensor of rank 5, to readers. */
export type Tensor5D = Tensor
/** A tensor of rank 6, to readers. */
export type Tensor6D = Tensor
/** Names of TF.js for ranks. */
export type Rank = 'R0' | 'R1' | 'R2' | 'R3' | 'R4' | 'R5' | 'R6'
/** What `tidy` looks for tensors in. */
export type TensorContainer =
  | void
  | Tensor
  | string
  | number
  | boolean
  | { [key: string]: TensorContainer }
  | TensorContainer[]
  | Float32Array
  | Int32Array
  | Uint8Array

/**
 * Writes a tensor to the console, as its `toString` says it.
 * @param x a tensor
 * @param verbose whether dtype, rank and shape have lines of their own; default false
 * @example
 * print(tensor([1, 2])) // [1, 2]
 */
export function print(x: Tensor, verbose?: boolean): void {
  if (!(x instanceof Tensor)) throw new ArgumentError({ who: 'print', expected: 'a tensor', received: show(x) })
  console.log(x.toString(verbose))
}

/** A tensor whose value can be replaced: a weight. Scopes leave it alone. Made by `variable`. */
export class Variable extends Tensor {
  /** What `variableGrads` and files call it. */
  readonly name: string
  /** Whether `variableGrads` and optimizers take it in by themselves. */
  trainable: boolean

  /** @internal */
  constructor(buffer: Buffer, shape: Shape, dtype: DataType, name: string | undefined, trainable: boolean) {
    super(buffer, shape, dtype)
    this.name = name ?? `variable_${this.id}`
    this.trainable = trainable
    this.kept = true
  }

  /**
   * A copy: what shared the buffer would change with the variable.
   * @internal
   */
  override alias(who: string, shape: Shape = this.shape): Tensor {
    const copy = allocate(who, shape, this.dtype)
    copy.view(who).set(this.view(who))
    return copy
  }

  /**
   * Copies the elements of a tensor of the same shape and dtype.
   * @param value a tensor of its shape and dtype
   * @throws ShapeError where shape or dtype differ
   * @example
   * const w = variable([1, 2])
   * w.assign(w.add(10))
   * w.print() // [11, 12]
   */
  assign(value: Tensor): void {
    const who = `${this.name}.assign`
    if (!(value instanceof Tensor)) throw new ArgumentError({ who, expected: 'a tensor', received: show(value) })
    if (value.dtype !== this.dtype || showShape(value.shape) !== showShape(this.shape)) {
      throw new ShapeError({
        who,
        expected: `${this.dtype} ${showShape(this.shape)}`,
        received: `${value.dtype} ${showShape(value.shape)}`,
      })
    }
    this.write(value.view(who), who)
  }

  /**
   * Overwrites the elements.
   * @internal
   */
  write(values: ArrayLike<number>, who = this.name): void {
    this.storage(who).changed()
    this.view(who).set(values)
  }
}

/**
 * A new tensor whose elements are yet to be written by a kernel. All sizes of tensors pass here, whoever they come from.
 * @throws ShapeError where the sizes are not those of a tensor
 */
export function allocate(who: string, shape: Shape, dtype: DataType = 'float32'): Tensor {
  return new Tensor(new Buffer(runtime(who), checkedSize(who, shape) * 4, who), shape, dtype)
}

/** A new tensor with the elements of `values`. */
export function fromValues(who: string, values: ArrayLike<number>, shape: Shape, dtype: DataType = 'float32'): Tensor {
  // The allocation may detach a view of the memory itself.
  const inside = ArrayBuffer.isView(values) && values.buffer === runtime(who).memory.wasm.buffer
  const source = inside ? Array.from(values) : values
  if (dtype === 'int32') checkIntegers(who, source)
  const result = allocate(who, shape, dtype)
  if (dtype === 'bool') {
    const view = result.view(who)
    for (let i = 0; i < view.length; i++) view[i] = source[i] ? 1 : 0
  } else {
    result.view(who).set(source)
  }
  return result
}

/** Refuses what int32 cannot hold. Fractions are cut off, as TF.js does. */
function checkIntegers(who: string, values: ArrayLike<number>): void {
  if (/^(?:Int|Uint(?:8|16))/.test(viewName(values) ?? '')) return
  for (let i = 0; i < values.length; i++) checkInt32(who, values[i]!)
}

/** Throws unless a number, without its fraction, fits int32. */
export function checkInt32(who: string, value: number): void {
  if ((value | 0) === Math.trunc(value)) return
  const hint = "give dtype 'float32'"
  throw new ArgumentError({
    who,
    expected: 'int32 values, from -2147483648 to 2147483647',
    received: show(value),
    hint,
  })
}

/**
 * A tensor of `values`: nested arrays give its shape, flat ones take `shape`. The dtype, where it is not given, is 'bool'
 * for booleans, 'int32' for integer typed arrays and 'float32' otherwise.
 */
export function makeTensor(who: string, values: TensorValues, shape?: Shape | null, dtype?: DataType | null): Tensor {
  if (dtype !== undefined && dtype !== null && !DATA_TYPES.includes(dtype)) {
    throw new ArgumentError({ who, expected: `dtype ${listed(DATA_TYPES)}`, received: show(dtype) })
  }
  const { flat, shape: inferred, boolean } = flatten(who, values, 0)
  const type = dtype ?? (boolean ? 'bool' : isIntegerArray(values) ? 'int32' : 'float32')
  if (shape === undefined || shape === null) return fromValues(who, flat, inferred, type)
  checkShape(who, shape)
  if (sizeOf(shape) !== flat.length || !nestsAs(values, inferred, shape)) {
    const nested = inferred.length > 1 ? `, nested as ${showShape(inferred)}` : ''
    throw new ShapeError({
      who,
      expected: `${sizeOf(shape)} values for shape ${showShape(shape)}`,
      received: `${flat.length}${nested}`,
    })
  }
  return fromValues(who, flat, [...shape], type)
}

/** Whether values that are nested as `inferred` are those of `shape`. Typed arrays may run over several of its axes. */
function nestsAs(values: unknown, inferred: Shape, shape: Shape): boolean {
  let inner = values
  while (Array.isArray(inner)) inner = inner[0]
  const nested = isNumberArray(inner) ? inferred.slice(0, -1) : inferred
  if (inferred.length < 2) return true
  return showShape(nested) === showShape(nested === inferred ? shape : shape.slice(0, nested.length))
}

function isIntegerArray(values: TensorValues): boolean {
  const first = Array.isArray(values) ? values[0] : values
  return isNumberArray(first) && !isFloatArray(first)
}

interface Flat {
  readonly flat: ArrayLike<number>
  readonly shape: Shape
  readonly boolean: boolean
}

function flatten(who: string, values: unknown, depth: number): Flat {
  if (isNumberArray(values)) return { flat: values, shape: [values.length], boolean: false }
  if (typeof values === 'number' || typeof values === 'boolean') {
    return { flat: [Number(values)], shape: [], boolean: typeof values === 'boolean' }
  }
  if (!Array.isArray(values)) {
    throw new ArgumentError({
      who,
      expected: 'numbers, booleans, arrays of them or a typed array',
      received: show(values),
    })
  }
  if (depth === MAX_RANK) {
    const hint = 'does an array contain itself?'
    throw new ShapeError({ who, expected: `arrays nested at most ${MAX_RANK} deep`, received: 'deeper ones', hint })
  }
  const rows = flatRow(values)
  if (rows !== undefined) return rows
  const parts = Array.from(values, (item) => flatten(who, item, depth + 1))
  const inner = parts[0]?.shape ?? []
  const flat: number[] = []
  for (const part of parts) {
    if (showShape(part.shape) !== showShape(inner)) {
      throw new ShapeError({
        who,
        expected: `rows alike, of shape ${showShape(inner)}`,
        received: `one of shape ${showShape(part.shape)}`,
      })
    }
    for (let i = 0; i < part.flat.length; i++) flat.push(part.flat[i]!)
  }
  return { flat, shape: [values.length, ...inner], boolean: parts.length > 0 && parts.every((part) => part.boolean) }
}

/** An array of numbers, or of booleans, alone: the rows that most data is made of. */
function flatRow(values: readonly unknown[]): Flat | undefined {
  const kind = typeof values[0]
  if (kind !== 'number' && kind !== 'boolean') return undefined
  // every() passes over holes, in which a NaN would stand.
  for (let i = 0; i < values.length; i++) if (typeof values[i] !== kind) return undefined
  return { flat: values as number[], shape: [values.length], boolean: kind === 'boolean' }
}

/** A tensor as it is, or one of what can be made one. */
export function toTensor(who: string, argument: string, value: TensorLike): Tensor {
  if (value instanceof Tensor) return value
  if (value === undefined || value === null) {
    throw new ArgumentError({ who, expected: `${argument} to be a tensor or values for one`, received: show(value) })
  }
  return makeTensor(`${who}, ${argument}`, value)
}

/**
 * Runs `fn` and disposes the tensors made in it, except variables, those that were kept and those that it returns.
 * @param fn the function, which must return at once
 * @returns what `fn` returns
 * @throws ArgumentError where `fn` returns a promise
 * @example
 * const before = memory().numTensors
 * const norm = tidy(() => tensor([3, 4]).square().sum().sqrt())
 * console.log(norm.arraySync(), memory().numTensors - before) // 5 1
 */
export function tidy<T>(fn: () => T): T
/**
 * The same with a name.
 * @param name for readers of the program alone
 * @param fn the function, which must return at once
 */
export function tidy<T>(name: string, fn: () => T): T
export function tidy<T>(nameOrFn: string | (() => T), maybeFn?: () => T): T {
  const fn = typeof nameOrFn === 'string' ? maybeFn : nameOrFn
  if (typeof fn !== 'function') throw new ArgumentError({ who: 'tidy', expected: 'a function', received: show(fn) })
  const { scopes } = runtime('tidy')
  const made: Scoped[] = []
  scopes.push(made)
  let result: T | undefined
  try {
    result = fn()
    if (typeof (result as { then?: unknown } | null | undefined)?.then === 'function') {
      throw new ArgumentError({
        who: 'tidy',
        expected: 'a function that returns at once',
        received: 'a promise',
        hint: 'dispose what an async function makes yourself',
      })
    }
    return result
  } finally {
    // Scopes that were begun within and not ended go too.
    for (let open = scopes.pop(); open !== made && open !== undefined; open = scopes.pop()) endScope(open, result, made)
    endScope(made, result, scopes.at(-1))
  }
}

/** Begins what `tidy` does around a function, for code that waits for promises. */
export function startScope(): void {
  runtime('startScope').scopes.push([])
}

/** Ends it: all tensors that were made since go, but variables, those that were kept and those within `result`. */
export function stopScope(result?: unknown): void {
  const { scopes } = runtime('endScope')
  const made = scopes.pop()
  if (made === undefined) {
    throw new StateError({ who: 'endScope', expected: 'a scope that startScope began', received: 'none' })
  }
  endScope(made, result, scopes.at(-1))
}

function endScope(made: readonly Scoped[], result: unknown, outer: Scoped[] | undefined): void {
  // A tensor alone, as a rule, needs no search.
  const returned = result instanceof Tensor ? undefined : new Set<unknown>()
  if (returned !== undefined) collectTensors(result, returned)
  for (const tensor of made) {
    if (tensor.isDisposed) continue
    if (!tensor.kept && tensor !== result && returned?.has(tensor) !== true) tensor.dispose()
    else if (tensor.kept || outer === undefined) tensor.leave()
    else outer.push(tensor)
  }
}

/** Every tensor within a value, among the arrays and objects that were searched for them, each once. */
function collectTensors(value: unknown, found: Set<unknown>): void {
  // A list of what is still to be searched, not recursion: there is no limit to how deep values may be.
  const open: unknown[] = [value]
  while (open.length > 0) {
    const next = open.pop()
    if (typeof next !== 'object' || next === null || found.has(next)) continue
    found.add(next)
    if (next instanceof Tensor || ArrayBuffer.isView(next)) continue
    const items = Symbol.iterator in next && !Array.isArray(next) ? iterated(next) : Object.values(next)
    for (const item of items) open.push(item)
  }
}

/** What Maps and Sets hold, of any realm. */
function iterated(value: object): Iterable<unknown> {
  const { values, size } = value as { values?: () => Iterable<unknown>; size?: unknown }
  return typeof values === 'function' && typeof size === 'number' ? values.call(value) : Object.values(value)
}

/**
 * Takes a tensor out of the care of `tidy`: it lives until `dispose`.
 * @param tensor what is to live on
 * @returns the same tensor
 * @example
 * const kept = tidy(() => {
 *   const x = keep(tensor([1, 2]))
 *   return x.add(1)
 * })
 * kept.print() // [2, 3]
 */
export function keep<T extends Tensor>(tensor: T): T {
  if (!(tensor instanceof Tensor))
    throw new ArgumentError({ who: 'keep', expected: 'a tensor', received: show(tensor) })
  tensor.kept = true
  return tensor
}

/**
 * Disposes a tensor, or all tensors within arrays and objects.
 * @param value a tensor, or what has tensors in it
 * @example
 * const parts = { a: tensor([1]), list: [tensor([2])] }
 * dispose(parts)
 * console.log(parts.list[0].isDisposed) // true
 */
export function dispose(value: unknown): void {
  const found = new Set<unknown>()
  collectTensors(value, found)
  for (const item of found) if (item instanceof Tensor) item.dispose()
}

/** What tensors occupy. */
export interface MemoryInfo {
  /** Tensors that have not been disposed. */
  readonly numTensors: number
  /** Buffers in use; tensors that share one count once. */
  readonly numDataBuffers: number
  /** Bytes in use. */
  readonly numBytes: number
  /** The most bytes that were in use at once. */
  readonly peakBytes: number
  /** The size of the WebAssembly memory. */
  readonly totalBytes: number
}

/**
 * What the tensors of the default runtime occupy.
 * @example
 * const before = memory().numBytes
 * const x = zeros([1000])
 * console.log(memory().numBytes - before >= 4000) // true
 */
export function memory(): MemoryInfo {
  const { memory, tensors } = runtime('memory')
  return {
    numTensors: tensors,
    numDataBuffers: memory.blocksInUse,
    numBytes: memory.usedBytes,
    peakBytes: memory.peakBytes,
    totalBytes: memory.totalBytes,
  }
}
