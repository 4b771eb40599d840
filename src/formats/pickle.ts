/**
 * Pickles of Python, protocols 0 to 5, read without running anything: a class or a function is a name, an object is what
 * it was made of. What a name means is for the reader of the format to say, and most mean nothing.
 */

import { show } from '../errors.ts'
import type { Bytes } from './bytes.ts'

/** A class or a function: 'collections.OrderedDict'. */
export class PickleGlobal {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** What a call or a class would make, with its arguments and its later state. */
export class PickleObject {
  readonly type: string
  readonly args: readonly unknown[]
  state: unknown
  constructor(type: string, args: readonly unknown[]) {
    this.type = type
    this.args = args
  }
}

/** What a persistent id stands for: data outside of the pickle. */
export class PickleReference {
  readonly id: unknown
  constructor(id: unknown) {
    this.id = id
  }
}

export interface Unpickled {
  /** Dictionaries are Maps; lists, tuples and sets are arrays; integers that don't fit a number are BigInts. */
  readonly value: unknown
  /** The offset behind the pickle. */
  readonly end: number
}

const MARK = Symbol('mark')
const NOTHING = Symbol('nothing')
/** Longer integers than any that files of weights hold; turning digits into one takes more than linear time. */
const MAX_LONG_BYTES = 64
/** A checkpoint of a few hundred tensors takes some ten thousand; each may cost a hundred bytes of memory. */
const MAX_STEPS = 2 ** 20

/**
 * The value of the pickle that begins at `start`.
 * @throws FormatError with the offset of what is not understood
 */
export function readPickle(bytes: Bytes, start = 0): Unpickled {
  return new Machine(bytes, start).run()
}

class Machine {
  readonly #bytes: Bytes
  readonly #stack: unknown[] = []
  readonly #memo = new Map<number, unknown>()
  #at: number

  constructor(bytes: Bytes, start: number) {
    this.#bytes = bytes
    this.#at = start
  }

  run(): Unpickled {
    for (let steps = 0; ; steps++) {
      if (steps > MAX_STEPS) throw this.#error(`a pickle of at most ${MAX_STEPS} instructions`, 'more')
      const at = this.#at
      const opcode = this.#bytes.u8(this.#at++)
      if (opcode === 0x2e) return { value: this.#pop(), end: this.#at }
      const value = this.#step(opcode, at)
      if (value !== NOTHING) this.#stack.push(value)
    }
  }

  #error(expected: string, received: string): Error {
    return this.#bytes.error(this.#at, expected, received)
  }

  #pop(): unknown {
    const value = this.#stack.pop()
    if (this.#stack.length === 0 && value === undefined) throw this.#error('a value on the stack', 'none')
    if (value === MARK) throw this.#error('a value on the stack', 'a mark')
    return value
  }

  #top(): unknown {
    const value = this.#stack.at(-1)
    if (value === MARK || value === undefined) throw this.#error('a value on the stack', 'none')
    return value
  }

  /** All above the last mark, which goes too. */
  #popMark(): unknown[] {
    const mark = this.#stack.lastIndexOf(MARK)
    if (mark < 0) throw this.#error('a mark on the stack', 'none')
    const items = this.#stack.slice(mark + 1)
    this.#stack.length = mark
    return items
  }

  #take(length: number): number {
    const at = this.#at
    this.#bytes.check(at, length, 'bytes of a pickle')
    this.#at += length
    return at
  }

  #text(length: number): string {
    return this.#bytes.text(this.#take(length), length)
  }

  #line(): string {
    const end = this.#bytes.bytes.indexOf(10, this.#at)
    if (end < 0) throw this.#error('a line', 'the end of the file')
    const text = this.#text(end - this.#at)
    this.#at = end + 1
    return text
  }

  /** A two's complement integer of any length. */
  #long(length: number): number | bigint {
    if (length > MAX_LONG_BYTES) throw this.#error(`an integer of at most ${MAX_LONG_BYTES} bytes`, `${length} bytes`)
    const at = this.#take(length)
    let value = 0n
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes.u8(at + i))
    const signed = BigInt.asIntN(Math.max(1, 8 * length), value)
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed
  }

  #integer(text: string): number | bigint {
    const digits = text.replace(/L?$/, '')
    if (!/^[+-]?\d{1,150}$/.test(digits)) throw this.#error('an integer', show(text))
    return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits)
  }

  #global(module: unknown, name: unknown): PickleGlobal {
    if (typeof module === 'string' && typeof name === 'string') return new PickleGlobal(`${module}.${name}`)
    throw this.#error('the name of a class', `${show(module)} and ${show(name)}`)
  }

  #call(type: unknown, args: unknown): unknown {
    const name = type instanceof PickleGlobal ? type.name : type instanceof PickleObject ? type.type : undefined
    if (name === undefined) throw this.#error('a class or function', show(type))
    const list = Array.isArray(args) ? args : [args]
    if (name === 'collections.OrderedDict' || name === 'builtins.dict') return this.#dictionary(list[0])
    return new PickleObject(name, list)
  }

  #dictionary(pairs: unknown): Map<unknown, unknown> {
    const entries = Array.isArray(pairs) ? pairs.filter((pair) => Array.isArray(pair) && pair.length === 2) : []
    return new Map(entries as [unknown, unknown][])
  }

  #setItems(target: unknown, items: readonly unknown[]): typeof NOTHING {
    if (items.length % 2 !== 0) throw this.#error('keys with values', `${items.length} items`)
    // Objects that behave as dictionaries are kept as what they are, without their items.
    if (target instanceof PickleObject) return NOTHING
    if (!(target instanceof Map)) throw this.#error('a dictionary', show(target))
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1])
    return NOTHING
  }

  #append(target: unknown, items: readonly unknown[]): typeof NOTHING {
    if (target instanceof PickleObject) return NOTHING
    if (!Array.isArray(target)) throw this.#error('a list', show(target))
    for (const item of items) target.push(item)
    return NOTHING
  }

  #build(target: unknown, state: unknown): typeof NOTHING {
    if (target instanceof PickleObject) target.state = state
    return NOTHING
  }

  #remember(index: number, value: unknown): typeof NOTHING {
    this.#memo.set(index, value)
    return NOTHING
  }

  #recall(index: number): unknown {
    if (!this.#memo.has(index)) throw this.#error('a value remembered before', `${index}`)
    return this.#memo.get(index)
  }

  /** What an instruction pushes, or `NOTHING`. */
  #step(opcode: number, at: number): unknown {
    const bytes = this.#bytes
    switch (String.fromCharCode(opcode)) {
      case '\x80': // PROTO
        this.#take(1)
        return NOTHING
      case '\x95': // FRAME
        this.#take(8)
        return NOTHING
      case '(':
        return MARK
      case '0':
        this.#stack.pop()
        return NOTHING
      case '1':
        this.#popMark()
        return NOTHING
      case '2':
        return this.#top()
      case 'N':
        return null
      case '\x88':
        return true
      case '\x89':
        return false
      case 'I': {
        const text = this.#line()
        return text === '01' ? true : text === '00' ? false : this.#integer(text)
      }
      case 'L':
        return this.#integer(this.#line())
      case 'J':
        return bytes.i32(this.#take(4))
      case 'K':
        return bytes.u8(this.#take(1))
      case 'M':
        return bytes.u16(this.#take(2))
      case '\x8a':
        return this.#long(bytes.u8(this.#take(1)))
      case '\x8b':
        return this.#long(bytes.u32(this.#take(4)))
      case 'F':
        return Number(this.#line())
      case 'G':
        return bytes.f64(this.#take(8), false)
      case 'S':
        return this.#line().slice(1, -1)
      case 'V':
        return this.#line()
      case 'X':
      case 'T':
        return this.#text(bytes.u32(this.#take(4)))
      case '\x8c':
      case 'U':
        return this.#text(bytes.u8(this.#take(1)))
      case '\x8d':
        return this.#text(bytes.u64(this.#take(8)))
      case 'C': {
        const length = bytes.u8(this.#take(1))
        return bytes.slice(this.#take(length), length)
      }
      case 'B': {
        const length = bytes.u32(this.#take(4))
        return bytes.slice(this.#take(length), length)
      }
      case '\x8e':
      case '\x96': {
        const length = bytes.u64(this.#take(8))
        return bytes.slice(this.#take(length), length)
      }
      case ')':
      case ']':
      case '\x8f':
        return []
      case '}':
        return new Map()
      case 't':
      case 'l':
      case '\x91':
        return this.#popMark()
      case '\x85':
        return [this.#pop()]
      case '\x86': {
        const [b, a] = [this.#pop(), this.#pop()]
        return [a, b]
      }
      case '\x87': {
        const [c, b, a] = [this.#pop(), this.#pop(), this.#pop()]
        return [a, b, c]
      }
      case 'd': {
        const [items, target] = [this.#popMark(), new Map()]
        this.#setItems(target, items)
        return target
      }
      case 'a': {
        const item = this.#pop()
        return this.#append(this.#top(), [item])
      }
      case 'e':
      case '\x90': {
        const items = this.#popMark()
        return this.#append(this.#top(), items)
      }
      case 's': {
        const [value, key] = [this.#pop(), this.#pop()]
        return this.#setItems(this.#top(), [key, value])
      }
      case 'u': {
        const items = this.#popMark()
        return this.#setItems(this.#top(), items)
      }
      case 'p':
        return this.#remember(Number(this.#line()), this.#top())
      case 'q':
        return this.#remember(bytes.u8(this.#take(1)), this.#top())
      case 'r':
        return this.#remember(bytes.u32(this.#take(4)), this.#top())
      case '\x94':
        return this.#remember(this.#memo.size, this.#top())
      case 'g':
        return this.#recall(Number(this.#line()))
      case 'h':
        return this.#recall(bytes.u8(this.#take(1)))
      case 'j':
        return this.#recall(bytes.u32(this.#take(4)))
      case 'c':
        return this.#global(this.#line(), this.#line())
      case '\x93': {
        const [name, module] = [this.#pop(), this.#pop()]
        return this.#global(module, name)
      }
      case 'R':
      case '\x81': {
        const [args, type] = [this.#pop(), this.#pop()]
        return this.#call(type, args)
      }
      case '\x92': {
        const [, args, type] = [this.#pop(), this.#pop(), this.#pop()]
        return this.#call(type, args)
      }
      case 'i': {
        const type = this.#global(this.#line(), this.#line())
        return this.#call(type, this.#popMark())
      }
      case 'o': {
        const [type, ...args] = this.#popMark()
        return this.#call(type, args)
      }
      case 'b': {
        const state = this.#pop()
        return this.#build(this.#top(), state)
      }
      case 'P':
        return new PickleReference(this.#line())
      case 'Q':
        return new PickleReference(this.#pop())
      default:
        throw bytes.error(at, 'an instruction of a pickle', `0x${opcode.toString(16).padStart(2, '0')}`)
    }
  }
}
