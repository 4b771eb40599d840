/**
 * The relaxed build, made out of the baseline one: the code is the same but where that multiplies and adds and this does
 * both at once. `scripts/unfused.ts` wrote the baseline so that either takes as many bytes.
 */

/** After f32x4.mul, which begins with the same byte. */
const PREFIX = 0xfd
const MUL = [PREFIX, 0xe6, 0x01]
const LOCAL_GET = 0x20
const ADD = [PREFIX, 0xe4, 0x01]
const LOCAL_SET = 0x21
const MADD = [PREFIX, 0x85, 0x02]
const NOP = 0x01

/** Puts a fused multiply-add, and nothing in the bytes left over, wherever a sum waits in a local for its product. */
export function fuse(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const isAt = (at: number, code: readonly number[]): boolean => code.every((byte, i) => bytes[at + i] === byte)
  for (let at = bytes.indexOf(PREFIX); at >= 0; at = bytes.indexOf(PREFIX, at + 1)) {
    // The local's number takes one byte, or two.
    const width = bytes[at + 4]! < 128 ? 2 : 3
    const begin = at - width
    const end = at + 6 + width
    if (isAt(at, [...MUL, LOCAL_GET]) && isAt(at + 3 + width, ADD) && bytes[begin] === LOCAL_SET) {
      bytes.fill(NOP, begin, end).set(MADD, begin)
    }
  }
  return bytes
}
