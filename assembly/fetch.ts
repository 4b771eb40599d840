/**
 * Reading ahead. What comes from behind L2 comes quickly in the order of its addresses alone: prefetchers give up on a dozen
 * streams of a few hundred bytes each, which tiles of an image are. WebAssembly has no prefetch, so a kernel loads a word
 * of each cache line before it begins.
 */

/** Has from … end come into L2. `sink` is a word that is written anew later: without any use the loads would be left out. */
export function fetch(from: usize, end: usize, sink: usize): void {
  let words = 0
  for (let at = from; at < end; at += 64) words |= load<i32>(at)
  store<i32>(sink, words)
}
