/** IDX and gzip files made by code, for the tests of everything that reads them. */

/** An IDX file of unsigned bytes; `data` defaults to 1, 2, 3, … */
export function idxFile(shape: readonly number[], data?: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const header = 4 + 4 * shape.length
  const size = shape.reduce((product, length) => product * length, 1)
  const bytes = new Uint8Array(header + size)
  bytes[2] = 8
  bytes[3] = shape.length
  const view = new DataView(bytes.buffer)
  for (const [i, length] of shape.entries()) view.setUint32(4 + 4 * i, length)
  bytes.set(data === undefined ? Uint8Array.from({ length: size }, (_, i) => i + 1) : Uint8Array.from(data), header)
  return bytes
}

/** The bytes, gzipped by the platform. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(packed).arrayBuffer())
}

/** All the bytes in one array. */
export function joined(...parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)))
}

/** The four files of a small MNIST: 6 training and 3 test images, with labels. */
export function smallMnist() {
  const pixels = (count: number, step: number) => Uint8Array.from({ length: count * 784 }, (_, i) => (i * step) % 251)
  return {
    trainImages: idxFile([6, 28, 28], pixels(6, 7)),
    trainLabels: idxFile([6], [5, 0, 4, 1, 9, 2]),
    testImages: idxFile([3, 28, 28], pixels(3, 13)),
    testLabels: idxFile([3], [7, 2, 1]),
  }
}
