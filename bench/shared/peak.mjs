/**
 * The multiply-add peak of this engine, in GFLOP/s on one thread: what a kernel's rate is a share of. Plain JavaScript,
 * since the same file runs in Node and in pages.
 */

const CHAINS = 12
const ROUNDS = 2_000_000

/**
 * Runs twelve independent chains x ← x · f + t in registers, in a hand-assembled module: nothing but arithmetic.
 * @param {boolean} relaxed whether the multiply-add is the fused one of relaxed SIMD, or a product and a sum
 * @param {number} [milliseconds] how long to look for the fastest run, default 300
 * @returns {Promise<number>} GFLOP/s
 */
export async function probePeak(relaxed, milliseconds = 300) {
  const { instance } = await WebAssembly.instantiate(chainsModule(relaxed))
  const probe = /** @type {(rounds: number) => number} */ (instance.exports.p)
  let best = Number.POSITIVE_INFINITY
  const until = performance.now() + milliseconds
  for (let i = 0; i < 5 || performance.now() < until; i++) {
    const start = performance.now()
    probe(ROUNDS)
    best = Math.min(best, performance.now() - start)
  }
  return (ROUNDS * CHAINS * 8) / best / 1e6
}

/**
 * (func (export "p") (param i32) (result f32)) over v128 locals: 0 rounds, 1 f, 2 t, 3 … the chains.
 * @param {boolean} relaxed
 * @returns {Uint8Array<ArrayBuffer>}
 */
function chainsModule(relaxed) {
  const get = (/** @type {number} */ local) => [0x20, local]
  const set = (/** @type {number} */ local) => [0x21, local]
  const [splat, lane0, add, mul] = [
    [0xfd, 19],
    [0xfd, 31, 0],
    [0xfd, 0xe4, 1],
    [0xfd, 0xe6, 1],
  ]
  const relaxedMadd = [0xfd, 0x85, 2]
  const chains = Array.from({ length: CHAINS }, (_, i) => 3 + i)
  const step = (/** @type {number} */ x) =>
    relaxed
      ? [...get(x), ...get(1), ...get(2), ...relaxedMadd, ...set(x)]
      : [...get(x), ...get(1), ...mul, ...get(2), ...add, ...set(x)]
  const constant = (/** @type {number} */ local) => [0x43, 0, 0, 0, 0x3f, ...splat, ...set(local)]
  const body = [
    ...[1, 2 + CHAINS, 0x7b, ...constant(1), ...constant(2), 0x03, 0x40, ...chains.flatMap(step)],
    ...[...get(0), 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b],
    ...[...get(3), ...chains.slice(1).flatMap((x) => [...get(x), ...add]), ...lane0, 0x0b],
  ]
  const leb = (/** @type {number} */ n) => [(n & 127) | 128, n >> 7]
  const types = [1, 6, 1, 0x60, 1, 0x7f, 1, 0x7d, 3, 2, 1, 0, 7, 5, 1, 1, 0x70, 0, 0]
  const code = [10, ...leb(body.length + 3), 1, ...leb(body.length), ...body]
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...types, ...code])
}
