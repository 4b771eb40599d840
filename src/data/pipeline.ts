/**
 * Data sets as streams of elements, with the names of tf.data: `array`, `zip`, `generator` and `csv` make them, `map`,
 * `filter`, `batch` and the like make others of them, `fitDataset` trains on them. Nothing is read before it is asked
 * for, and each iteration begins anew.
 *
 * An element is a number, a text, a tensor, or arrays and objects of such. Tensors belong to whoever takes the element;
 * those that `map` and `batch` are given are disposed by them.
 */

import { ArgumentError, checkInteger, checkOptions, show, showShape } from '../errors.ts'
import { nextSeed } from '../ops/random.ts'
import { Random } from '../random.ts'
import { dispose, fromValues, makeTensor, Tensor, tidy } from '../tensor.ts'

type Opened<T> = AsyncIterator<T> | Iterator<T>

/** A stream of elements that can be gone through again and again. */
export class Dataset<T = unknown> implements AsyncIterable<T> {
  /** How many elements it has; Infinity without an end, null where that is not known. */
  readonly size: number | null
  readonly #open: () => AsyncGenerator<T>

  /**
   * For streams of one's own; `data.array`, `generator`, `func` and `csv` make them.
   * @param open starts a new iteration
   * @param size how many elements; Infinity without an end, null where that is not known
   */
  constructor(open: () => AsyncGenerator<T>, size: number | null) {
    this.#open = open
    this.size = size
  }

  /** A new iteration: `for await (const element of dataset)`. */
  [Symbol.asyncIterator](): AsyncGenerator<T> {
    return this.#open()
  }

  /**
   * An iterator as TF.js has it: `await (await dataset.iterator()).next()`.
   * @example
   * const iterator = await data.array([1, 2]).iterator()
   * console.log((await iterator.next()).value) // 1
   */
  async iterator(): Promise<AsyncGenerator<T>> {
    return this.#open()
  }

  /**
   * Each element changed by `transform`, whose tensors are tidied.
   * @param transform the new element of an old one
   * @example
   * console.log(await data.array([1, 2]).map((x) => x * 10).toArray()) // [ 10, 20 ]
   */
  map<Out>(transform: (value: T) => Out): Dataset<Out> {
    checkFunction('map', transform)
    return this.#derived(async function* (elements) {
      for await (const value of elements) yield tidied(value, () => transform(value))
    }, this.size)
  }

  /**
   * As `map`, for a function that returns a promise; the tensors that it makes are its own to dispose.
   * @param transform a promise of the new element
   * @example
   * console.log(await data.array([1, 2]).mapAsync(async (x) => x * 10).toArray()) // [ 10, 20 ]
   */
  mapAsync<Out>(transform: (value: T) => Promise<Out>): Dataset<Out> {
    checkFunction('mapAsync', transform)
    return this.#derived(async function* (elements) {
      for await (const value of elements) {
        const result = await transform(value)
        disposeBut(value, result)
        yield result
      }
    }, this.size)
  }

  /**
   * The elements for which `predicate` holds.
   * @param predicate whether an element stays
   * @example
   * console.log(await data.array([1, 2, 3]).filter((x) => x > 1).toArray()) // [ 2, 3 ]
   */
  filter(predicate: (value: T) => boolean): Dataset<T> {
    checkFunction('filter', predicate)
    return this.#derived(
      async function* (elements) {
        for await (const value of elements) {
          if (tidied(undefined, () => predicate(value))) yield value
          else dispose(value)
        }
      },
      this.size === Number.POSITIVE_INFINITY ? this.size : null,
    )
  }

  /**
   * Elements joined to one: numbers and arrays become tensors with the batch as first axis, objects keep their keys.
   * @param batchSize how many
   * @param smallLastBatch whether what is left at the end makes a batch too. Default true
   * @throws ShapeError, as it is gone through, where the shapes of elements differ
   * @example
   * const batches = await data.array([1, 2, 3]).batch(2).toArray()
   * console.log(batches.map((batch) => batch.arraySync())) // [ [ 1, 2 ], [ 3 ] ]
   */
  batch(batchSize: number, smallLastBatch?: boolean | null): Dataset<Batched> {
    const who = 'data.batch'
    checkInteger(who, 'batchSize', batchSize, 1)
    const keepsLast = smallLastBatch ?? true
    const whole = this.size === null ? null : this.size / batchSize
    const size = whole === null ? null : keepsLast ? Math.ceil(whole) : Math.floor(whole)
    return this.#derived(async function* (elements) {
      let rows: T[] = []
      for await (const value of elements) {
        if (rows.push(value) < batchSize) continue
        yield joined(who, rows)
        rows = []
      }
      if (rows.length > 0 && keepsLast) yield joined(who, rows)
      else dispose(rows)
    }, size)
  }

  /**
   * This one's elements, then the other's.
   * @param other what follows
   * @example
   * console.log(await data.array([1, 2]).concatenate(data.array([3])).toArray()) // [ 1, 2, 3 ]
   */
  concatenate(other: Dataset<T>): Dataset<T> {
    const size = this.size === null || other.size === null ? null : this.size + other.size
    return this.#derived(async function* (elements) {
      yield* elements
      yield* other
    }, size)
  }

  /**
   * The whole `count` times over; without an end where it is left out.
   * @param count how many times; default without an end
   * @example
   * console.log(await data.array([1, 2]).repeat(2).toArray()) // [ 1, 2, 1, 2 ]
   */
  repeat(count?: number | null): Dataset<T> {
    const times = count === undefined || count === null || count < 0 ? Number.POSITIVE_INFINITY : count
    if (times !== Number.POSITIVE_INFINITY) checkInteger('data.repeat', 'count', times)
    const open = this.#open
    async function* repeated(): AsyncGenerator<T> {
      for (let i = 0; i < times; i++) {
        let empty = true
        for await (const value of open()) {
          empty = false
          yield value
        }
        if (empty) return
      }
    }
    return new Dataset(repeated, this.size === null ? null : this.size === 0 ? 0 : this.size * times)
  }

  /**
   * Without the first `count` elements.
   * @param count how many
   * @example
   * console.log(await data.array([1, 2, 3]).skip(2).toArray()) // [ 3 ]
   */
  skip(count: number): Dataset<T> {
    checkInteger('data.skip', 'count', count)
    return this.#derived(
      async function* (elements) {
        let i = 0
        for await (const value of elements) {
          if (i++ >= count) yield value
          else dispose(value)
        }
      },
      this.size === null ? null : Math.max(0, this.size - count),
    )
  }

  /**
   * The first `count` elements; all where it is left out.
   * @param count how many; default all
   * @example
   * console.log(await data.array([1, 2, 3]).take(2).toArray()) // [ 1, 2 ]
   */
  take(count?: number | null): Dataset<T> {
    const most = count === undefined || count === null || count < 0 ? Number.POSITIVE_INFINITY : count
    if (most !== Number.POSITIVE_INFINITY) checkInteger('data.take', 'count', most)
    return this.#derived(
      async function* (elements) {
        if (most === 0) return
        let i = 0
        for await (const value of elements) {
          yield value
          if (++i >= most) return
        }
      },
      this.size === null ? null : Math.min(this.size, most),
    )
  }

  /**
   * In random order, as far as a buffer of `bufferSize` elements allows: each is drawn from those that wait in it.
   * @param bufferSize how many wait; as many as there are elements for an even order
   * @param seed makes the order the same each time the program runs. Default drawn from the global seed
   * @param reshuffleEachIteration whether each iteration has an order of its own. Default true
   * @example
   * console.log((await data.array([1, 2, 3]).shuffle(3, 7).toArray()).sort()) // [ 1, 2, 3 ]
   */
  shuffle(bufferSize: number, seed?: number | string | null, reshuffleEachIteration?: boolean | null): Dataset<T> {
    const who = 'data.shuffle'
    checkInteger(who, 'bufferSize', bufferSize, 1)
    const root = typeof seed === 'string' ? new Random(0).fork(seed) : new Random(seed ?? nextSeed(who))
    let iterations = 0
    return this.#derived(async function* (elements) {
      const random = root.fork((reshuffleEachIteration ?? true) ? iterations++ : 0)
      const waiting: T[] = []
      const draw = (): T => {
        const at = random.nextBelow(waiting.length)
        const value = waiting[at]!
        waiting[at] = waiting.at(-1)!
        waiting.pop()
        return value
      }
      for await (const value of elements) {
        waiting.push(value)
        if (waiting.length >= bufferSize) yield draw()
      }
      while (waiting.length > 0) yield draw()
    }, this.size)
  }

  /**
   * Has up to `bufferSize` elements made ready while the ones before are used.
   * @param bufferSize how many
   * @example
   * console.log(await data.array([1, 2]).prefetch(1).toArray()) // [ 1, 2 ]
   */
  prefetch(bufferSize: number): Dataset<T> {
    checkInteger('data.prefetch', 'bufferSize', bufferSize, 1)
    const open = this.#open
    async function* prefetched(): AsyncGenerator<T> {
      const elements = open()
      const ready: Promise<IteratorResult<T>>[] = []
      try {
        for (;;) {
          while (ready.length < bufferSize) {
            const next = elements.next()
            next.catch(() => {})
            ready.push(next)
          }
          const { done, value } = await ready.shift()!
          if (done) return
          yield value
        }
      } finally {
        for (const next of ready) await next.then(({ value }) => dispose(value)).catch(() => {})
        await elements.return(undefined)
      }
    }
    return new Dataset(prefetched, this.size)
  }

  /**
   * Calls `each` with every element, one after the other.
   * @param each what is done with an element
   * @example
   * await data.array(['a']).forEachAsync((x) => console.log(x)) // a
   */
  async forEachAsync(each: (value: T) => void | Promise<void>): Promise<void> {
    checkFunction('forEachAsync', each)
    for await (const value of this) await each(value)
  }

  /**
   * All elements.
   * @example
   * console.log(await data.array([1, 2]).toArray()) // [ 1, 2 ]
   */
  async toArray(): Promise<T[]> {
    const all: T[] = []
    for await (const value of this) all.push(value)
    return all
  }

  #derived<Out>(run: (elements: AsyncGenerator<T>) => AsyncGenerator<Out>, size: number | null): Dataset<Out> {
    return new Dataset(() => run(this.#open()), size)
  }
}

/** What a batch is made of. */
export type Batched = Tensor | string[] | { [key: string]: Batched } | Batched[]

function checkFunction(name: string, value: unknown): void {
  if (typeof value === 'function') return
  throw new ArgumentError({ who: `data.${name}`, expected: 'a function', received: show(value) })
}

/** What `run` returns, without the other tensors that it made and without those of `value` that it does not return. */
function tidied<Out>(value: unknown, run: () => Out): Out {
  const result = tidy(run)
  disposeBut(value, result)
  return result
}

function disposeBut(value: unknown, kept: unknown): void {
  const found = new Set<Tensor>()
  collect(kept, found)
  const given = new Set<Tensor>()
  collect(value, given)
  for (const tensor of given) if (!found.has(tensor)) tensor.dispose()
}

function collect(value: unknown, found: Set<Tensor>): void {
  if (value instanceof Tensor) found.add(value)
  else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const item of Object.values(value)) collect(item, found)
  }
}

/** Elements of one form as a batch. */
function joined(who: string, rows: readonly unknown[]): Batched {
  const first = rows[0]
  if (typeof first === 'string') return rows as string[]
  const isLeaf = typeof first !== 'object' || first === null || first instanceof Tensor || ArrayBuffer.isView(first)
  if (isLeaf || (Array.isArray(first) && !first.some((item) => item instanceof Tensor))) return stacked(who, rows)
  if (Array.isArray(first))
    return first.map((_, i) =>
      joined(
        who,
        rows.map((row) => (row as unknown[])[i]),
      ),
    )
  const keys = Object.keys(first as object)
  return Object.fromEntries(
    keys.map((key) => [
      key,
      joined(
        who,
        rows.map((row) => (row as Record<string, unknown>)[key]),
      ),
    ]),
  )
}

function stacked(who: string, rows: readonly unknown[]): Tensor {
  return tidy(() => {
    const tensors = rows.map((row) => (row instanceof Tensor ? row : makeTensor(who, row as number)))
    const { shape, dtype, size } = tensors[0]!
    const other = tensors.find((tensor) => showShape(tensor.shape) !== showShape(shape))
    if (other !== undefined) {
      const expected = `elements of one shape, ${showShape(shape)}`
      throw new ArgumentError({ who, expected, received: `one of ${showShape(other.shape)}` })
    }
    const values = dtype === 'float32' ? new Float32Array(rows.length * size) : new Int32Array(rows.length * size)
    tensors.forEach((tensor, i) => {
      values.set(tensor.view(who), i * size)
    })
    const batch = fromValues(who, values, [rows.length, ...shape], dtype)
    for (const row of rows) if (row instanceof Tensor) row.dispose()
    return batch
  })
}

/**
 * The elements of an array.
 * @param items the elements
 * @example
 * console.log(data.array([1, 2, 3]).size) // 3
 */
export function array<T>(items: readonly T[]): Dataset<T> {
  if (!Array.isArray(items)) throw new ArgumentError({ who: 'data.array', expected: 'an array', received: show(items) })
  return new Dataset(async function* () {
    yield* items
  }, items.length)
}

/**
 * What an iterator gives that `start` returns: a generator function, called anew for each iteration.
 * @param start begins a new iteration
 * @example
 * const count = data.generator(function* () {
 *   yield 1
 *   yield 2
 * })
 * console.log(await count.toArray()) // [ 1, 2 ]
 */
export function generator<T>(start: () => Opened<T> | Promise<Opened<T>>): Dataset<T> {
  checkFunction('generator', start)
  return new Dataset(async function* () {
    const iterator = await start()
    try {
      for (;;) {
        const { done, value } = await iterator.next()
        if (done) return
        yield value
      }
    } finally {
      await iterator.return?.()
    }
  }, null)
}

/**
 * What `f` returns, again and again.
 * @param f makes an element
 * @example
 * console.log(await data.func(() => 7).take(2).toArray()) // [ 7, 7 ]
 */
export function func<T>(f: () => T | Promise<T>): Dataset<T> {
  checkFunction('func', f)
  return new Dataset(async function* () {
    for (;;) yield await f()
  }, Number.POSITIVE_INFINITY)
}

type Zipped<D> = { [Key in keyof D]: D[Key] extends Dataset<infer T> ? T : Zipped<D[Key]> }

/**
 * Elements side by side, in the arrays and objects that the data sets are given in; as many as the shortest has.
 * @param datasets data sets in an array or an object
 * @example
 * const pairs = data.zip({ xs: data.array([1, 2]), ys: data.array(['a', 'b']) })
 * console.log(await pairs.toArray()) // [ { xs: 1, ys: 'a' }, { xs: 2, ys: 'b' } ]
 */
export function zip<D extends object>(datasets: D): Dataset<Zipped<D>> {
  const who = 'data.zip'
  const all: Dataset[] = []
  const find = (value: unknown): void => {
    if (value instanceof Dataset) all.push(value)
    else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) find(item)
    else throw new ArgumentError({ who, expected: 'data sets in arrays or objects', received: show(value) })
  }
  find(datasets)
  if (all.length === 0) throw new ArgumentError({ who, expected: 'at least one data set', received: show(datasets) })
  const size = all.some((each) => each.size === null) ? null : Math.min(...all.map((each) => each.size!))
  return new Dataset(async function* () {
    const iterators = new Map(all.map((each) => [each, each[Symbol.asyncIterator]()]))
    try {
      for (;;) {
        const values = new Map<Dataset, unknown>()
        for (const [each, iterator] of iterators) {
          const { done, value } = await iterator.next()
          if (done) {
            dispose([...values.values()])
            return
          }
          values.set(each, value)
        }
        const place = (value: unknown): unknown => {
          if (value instanceof Dataset) return values.get(value)
          if (Array.isArray(value)) return value.map(place)
          return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, place(item)]))
        }
        yield place(datasets) as Zipped<D>
      }
    } finally {
      for (const iterator of iterators.values()) await iterator.return(undefined)
    }
  }, size)
}

/** What is known of a column. */
export interface ColumnConfig {
  /** Whether an empty field is an error. Default false. */
  readonly required?: boolean
  /** Default: a number where the text is one, else the text. */
  readonly dtype?: 'float32' | 'int32' | 'bool' | 'string'
  /** What an empty field stands for. */
  readonly default?: unknown
  /** Whether the column is what is to be learnt: elements are { xs, ys } then. */
  readonly isLabel?: boolean
}

/** How a CSV file is read. */
export interface CsvConfig {
  /** Whether the first line has the names of the columns. Default true. */
  readonly hasHeader?: boolean
  /** The names of the columns; default those of the first line. */
  readonly columnNames?: readonly string[]
  /** What is known of columns, by their names. */
  readonly columnConfigs?: Readonly<Record<string, ColumnConfig>>
  /** Whether only the columns of `columnConfigs` are read. Default false. */
  readonly configuredColumnsOnly?: boolean
  /** Default ','. */
  readonly delimiter?: string
}

type Field = number | string | boolean | undefined
export type CsvRow = Record<string, Field> | { xs: Record<string, Field>; ys: Record<string, Field> }

/** A data set of the lines of a CSV file. */
export class CSVDataset extends Dataset<CsvRow> {
  readonly #columns: () => Promise<string[]>

  /** @internal */
  constructor(open: () => AsyncGenerator<CsvRow>, columns: () => Promise<string[]>) {
    super(open, null)
    this.#columns = columns
  }

  /**
   * The names of the columns.
   * @example
   * console.log(await data.csv(new Blob(['a,b\n1,2'])).columnNames()) // [ 'a', 'b' ]
   */
  columnNames(): Promise<string[]> {
    return this.#columns()
  }
}

/**
 * The lines of comma-separated values (RFC 4180) as objects by the names of the columns.
 * @param source a URL, in Node a path too, or a Blob (a File that was picked)
 * @param config default: names in the first line, numbers where a field is one
 * @example
 * const rows = data.csv(new Blob(['x,y\n1,2\n3,4']), { columnConfigs: { y: { isLabel: true } } })
 * console.log((await rows.toArray())[0]) // { xs: { x: 1 }, ys: { y: 2 } }
 */
export function csv(source: string | URL | Blob, config?: CsvConfig | null): CSVDataset {
  const who = 'data.csv'
  const args = config ?? {}
  checkOptions(who, args, ['hasHeader', 'columnNames', 'columnConfigs', 'configuredColumnsOnly', 'delimiter'])
  const lines = async (): Promise<string[][]> => parseCsv(await textOf(who, source), args.delimiter ?? ',')
  const namesOf = (rows: readonly string[][]): string[] => {
    const names = args.columnNames ?? ((args.hasHeader ?? true) ? rows[0] : rows[0]?.map((_, i) => String(i))) ?? []
    const unknown = Object.keys(args.columnConfigs ?? {}).find((name) => !names.includes(name))
    if (unknown === undefined) return [...names]
    throw new ArgumentError({ who, expected: `columns among ${names.join(', ')}`, received: show(unknown) })
  }
  async function* rows(): AsyncGenerator<CsvRow> {
    const all = await lines()
    const names = namesOf(all)
    for (const fields of (args.hasHeader ?? true) ? all.slice(1) : all) yield rowOf(who, names, fields, args)
  }
  return new CSVDataset(rows, async () => namesOf(await lines()))
}

/** What fits a string of every engine. */
const MAX_CSV_BYTES = 2 ** 29 - 2 ** 20

async function textOf(who: string, source: unknown): Promise<string> {
  if (typeof source === 'object' && source !== null && 'text' in source) return (source as Blob).text()
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw new ArgumentError({ who, expected: 'a URL, a path (in Node) or a Blob', received: show(source) })
  }
  const { files } = await import('#files')
  return new TextDecoder().decode(await files.read(String(source), MAX_CSV_BYTES))
}

/** Fields of lines; quoted ones may have delimiters, line ends and doubled quotes in them. */
function parseCsv(text: string, delimiter: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let field = ''
  let quoted = false
  const endField = (): void => {
    row.push(field)
    field = ''
  }
  const endRow = (): void => {
    endField()
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (quoted) {
      if (c !== '"') field += c
      else if (text[i + 1] === '"') field += text[++i]
      else quoted = false
    } else if (c === '"' && field === '') quoted = true
    else if (c === delimiter) endField()
    else if (c === '\n') endRow()
    else if (c !== '\r') field += c
  }
  endRow()
  return rows
}

function rowOf(who: string, names: readonly string[], fields: readonly string[], args: CsvConfig): CsvRow {
  if (fields.length !== names.length) {
    throw new ArgumentError({ who, expected: `lines of ${names.length} fields`, received: `one of ${fields.length}` })
  }
  const configs = args.columnConfigs ?? {}
  const [xs, ys]: [Record<string, Field>, Record<string, Field>] = [{}, {}]
  names.forEach((name, i) => {
    const config = Object.hasOwn(configs, name) ? configs[name] : undefined
    if (config === undefined && args.configuredColumnsOnly) return
    const into = config?.isLabel ? ys : xs
    into[name] = fieldOf(who, name, fields[i]!, config)
  })
  return Object.keys(ys).length === 0 ? xs : { xs, ys }
}

function fieldOf(who: string, name: string, text: string, config: ColumnConfig | undefined): Field {
  if (text === '') {
    if (config?.default !== undefined) return config.default as Field
    if (!config?.required) return undefined
    throw new ArgumentError({ who, expected: `a value in each line for ${show(name)}`, received: 'none' })
  }
  const number = Number(text)
  switch (config?.dtype) {
    case 'string':
      return text
    case 'bool':
      return text === '1' || text.toLowerCase() === 'true'
    case 'int32':
    case 'float32':
      if (Number.isNaN(number))
        throw new ArgumentError({ who, expected: `numbers in ${show(name)}`, received: show(text) })
      return config.dtype === 'int32' ? Math.trunc(number) : number
    default:
      return Number.isNaN(number) ? text : number
  }
}
