/**
 * Undoes LZMA, which packs the kernels into a fifth less than deflate can. After the LZMA specification of Igor Pavlov's SDK
 * (lzma-specification.txt), with the names that it uses; what comes is the stream alone, without its header, as
 * scripts/build-wasm.ts makes it with lc = 3, lp = 0, pb = 2.
 */

/** Where the probabilities of each kind begin, one array holding them all. */
const IS_MATCH = 0
const IS_REP = 192
const IS_REP_G0 = 204
const IS_REP_G1 = 216
const IS_REP_G2 = 228
const IS_REP0_LONG = 240
const POS_SLOT = 432
const POS = 688
const ALIGN = 802
const LENGTH = 818
const REP_LENGTH = 1332
const LITERAL = 1846
const PROBABILITIES = LITERAL + 8 * 0x300

/** The first `size` bytes of what `packed` stands for. */
export function lzmaDecoded(packed: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(size)
  const probabilities = new Uint16Array(PROBABILITIES).fill(1024)
  // The first byte is 0, the next four are the number that the coder narrows down.
  let next = 5
  let code = new DataView(packed.buffer, packed.byteOffset).getUint32(1)
  let range = 0xffffffff

  const normalize = (): void => {
    if (range >= 2 ** 24) return
    range = (range << 8) >>> 0
    code = ((code << 8) | packed[next++]!) >>> 0
  }
  const bit = (at: number): number => {
    const probability = probabilities[at]!
    const bound = (range >>> 11) * probability
    const isOne = code >= bound
    if (isOne) {
      range -= bound
      code -= bound
      probabilities[at] = probability - (probability >> 5)
    } else {
      range = bound
      probabilities[at] = probability + ((2048 - probability) >> 5)
    }
    normalize()
    return +isOne
  }
  const tree = (at: number, bits: number): number => {
    let node = 1
    for (let i = 0; i < bits; i++) node = 2 * node + bit(at + node)
    return node - 2 ** bits
  }
  const reverseTree = (at: number, bits: number): number => {
    let [node, value] = [1, 0]
    for (let i = 0; i < bits; i++) {
      const one = bit(at + node)
      node = 2 * node + one
      value += one << i
    }
    return value
  }
  const direct = (bits: number): number => {
    let value = 0
    for (let i = 0; i < bits; i++) {
      range >>>= 1
      const isOne = code >= range
      if (isOne) code -= range
      value = 2 * value + +isOne
      normalize()
    }
    return value
  }
  /** A length less 2. */
  const length = (at: number, position: number): number => {
    if (bit(at) === 0) return tree(at + 2 + 8 * position, 3)
    if (bit(at + 1) === 0) return 8 + tree(at + 34 + 8 * position, 3)
    return 16 + tree(at + 66, 8)
  }
  const distance = (size: number): number => {
    const slot = tree(POS_SLOT + 64 * Math.min(size, 3), 6)
    if (slot < 4) return slot
    const bits = (slot >> 1) - 1
    const base = (2 | (slot & 1)) << bits
    if (slot < 14) return base + reverseTree(POS + base - slot, bits)
    return base + 16 * direct(bits - 4) + reverseTree(ALIGN, 4)
  }

  let state = 0
  let reps = [0, 0, 0, 0]
  for (let at = 0; at < size; ) {
    const position = at & 3
    if (bit(IS_MATCH + 16 * state + position) === 0) {
      const literal = LITERAL + 0x300 * ((out[at - 1] ?? 0) >> 5)
      let symbol = 1
      // After a match, bits are likely to be those of the byte that would have followed it, up to the first that is not.
      let likely = state < 7 ? -1 : out[at - reps[0]! - 1]!
      while (symbol < 0x100) {
        if (likely < 0) {
          symbol = 2 * symbol + bit(literal + symbol)
        } else {
          const expected = (likely >> 7) & 1
          const one = bit(literal + 0x100 * (1 + expected) + symbol)
          symbol = 2 * symbol + one
          likely = one === expected ? likely << 1 : -1
        }
      }
      out[at++] = symbol
      state = state < 4 ? 0 : state - (state < 10 ? 3 : 6)
      continue
    }
    let count = 1
    if (bit(IS_REP + state) === 0) {
      const size = length(LENGTH, position)
      reps = [distance(size), ...reps.slice(0, 3)]
      count = size + 2
      state = state < 7 ? 7 : 10
    } else {
      const rep = bit(IS_REP_G0 + state) === 0 ? 0 : bit(IS_REP_G1 + state) === 0 ? 1 : 2 + bit(IS_REP_G2 + state)
      if (rep === 0 && bit(IS_REP0_LONG + 16 * state + position) === 0) {
        state = state < 7 ? 9 : 11
      } else {
        reps.unshift(...reps.splice(rep, 1))
        count = length(REP_LENGTH, position) + 2
        state = state < 7 ? 8 : 11
      }
    }
    for (; count > 0 && at < size; count--, at++) out[at] = out[at - reps[0]! - 1]!
  }
  return out
}
