/**
 * The baseline build, made out of the relaxed one: where that has a fused multiply-add, this one multiplies and adds. Both
 * have the same code to the byte but for those places, each of which takes as many bytes, so that a page downloads one
 * build and `src/runtime/fuse.ts` makes the other of it.
 */

import { fuse } from '../src/runtime/fuse.ts'
import { findSection, joined, readSize } from '../src/runtime/wasm-bytes.ts'

const TYPES = 1
const FUNCTIONS = 3
const CODE = 10
const V128 = 0x7b
/** f32x4.relaxed_madd, of a, b and the accumulator on the stack. */
const MADD = [0xfd, 0x85, 0x02]
/** The accumulator waits in a local while a and b are multiplied. */
const LOCAL_SET = 0x21
const LOCAL_GET = 0x20
const MUL = [0xfd, 0xe6, 0x01]
const ADD = [0xfd, 0xe4, 0x01]

/**
 * The module without fused multiply-adds.
 * @throws Error where `fuse` does not find each of them again, or what it finds is no multiply-add
 */
export function unfused(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const parameters = parameterCounts(bytes)
  const section = findSection(bytes, CODE)!
  let { value: functions, end: at } = readSize(bytes, section.body)
  const parts: ArrayLike<number>[] = [leb(functions)]
  for (let i = 0; functions > 0; i++, functions--) {
    const { value: size, end: start } = readSize(bytes, at)
    at = start + size
    const body = unfusedBody(bytes.subarray(start, at), parameters[i]!)
    parts.push(leb(body.length), body)
  }
  const code = joined(parts)
  const rest = bytes.subarray(section.end)
  const made = joined([bytes.subarray(0, section.start), [CODE], leb(code.length), code, rest])
  if (!WebAssembly.validate(made) || places(fuse(made.slice()), MADD) !== places(bytes, MADD)) {
    throw new Error('the baseline build and the relaxed one are not each other with other multiply-adds')
  }
  return made
}

/** How many parameters each function has. */
function parameterCounts(bytes: Uint8Array): number[] {
  let { value: types, end: at } = readSize(bytes, findSection(bytes, TYPES)!.body)
  const ofTypes: number[] = []
  for (; types > 0; types--) {
    const parameters = readSize(bytes, at + 1)
    const results = readSize(bytes, parameters.end + parameters.value)
    ofTypes.push(parameters.value)
    at = results.end + results.value
  }
  const functions = readSize(bytes, findSection(bytes, FUNCTIONS)!.body)
  let next = functions.end
  return Array.from({ length: functions.value }, () => {
    const type = readSize(bytes, next)
    next = type.end
    return ofTypes[type.value]!
  })
}

/** A function with one more local, and with its multiply-adds as three operations. */
function unfusedBody(body: Uint8Array, parameters: number): Uint8Array {
  const groups = readSize(body, 0)
  let code = groups.end
  let locals = parameters
  for (let i = 0; i < groups.value; i++) {
    const size = readSize(body, code)
    locals += size.value
    code = size.end + 1
  }
  const parts: ArrayLike<number>[] = [leb(groups.value + 1), body.subarray(groups.end, code), [1, V128]]
  const apart = [LOCAL_SET, ...leb(locals), ...MUL, LOCAL_GET, ...leb(locals), ...ADD]
  if (places(body, MADD) === 0) return body
  for (let at = code; at < body.length; at++) {
    if (!isAt(body, at, MADD)) continue
    parts.push(body.subarray(code, at), apart)
    code = at + MADD.length
  }
  return joined([...parts, body.subarray(code)])
}

function isAt(bytes: Uint8Array, at: number, code: readonly number[]): boolean {
  return code.every((byte, i) => bytes[at + i] === byte)
}

function places(bytes: Uint8Array, code: readonly number[]): number {
  return bytes.reduce((count, _, at) => count + Number(isAt(bytes, at, code)), 0)
}

function leb(value: number): number[] {
  const bytes: number[] = []
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128)
  return [...bytes, value]
}
