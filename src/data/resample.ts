/**
 * A picture of any size brought to the size that a network reads. Only additions, multiplications and divisions: the same
 * picture gives the same bytes on every engine.
 */

/** RGBA, row by row, a byte each. */
export interface Pixels {
  /** In pixels. */
  readonly width: number
  /** In pixels. */
  readonly height: number
  /** width · height · 4 bytes. */
  readonly data: Uint8Array | Uint8ClampedArray
}

/** How a picture fills a size of other proportions, by CSS's names: cut, with white beside it, or stretched. */
export const FITS = ['cover', 'contain', 'fill'] as const
/**
 * How a picture fills a size of other proportions: 'cover' cuts it, 'contain' leaves white beside it, 'fill' stretches
 * it.
 */
export type PictureFit = (typeof FITS)[number]

/** What a picture is brought to. */
export interface PictureForm {
  readonly width: number
  readonly height: number
  /** 3: red, green and blue; 1: their brightness. */
  readonly channels: 1 | 3
  readonly fit: PictureFit
}

/** The weights that an output takes from a run of pixels. */
interface Tap {
  readonly first: number
  readonly weights: Float64Array
}

/** A part of an axis, from `begin` to `end` in pixels, not necessarily whole ones. */
interface Span {
  readonly begin: number
  readonly end: number
}

/**
 * Bilinear, with a filter as wide as the reduction (a triangle over two output pixels), so that nothing between the pixels
 * that are hit is lost: as Pillow's `BILINEAR` and `tf.image.resize(antialias=True)` do it. Transparent pixels lie over
 * white.
 * @param orientation the picture's EXIF tag 274, from 1 (upright) to 8
 * @returns [height, width, channels] bytes
 */
export function resample(picture: Pixels, form: PictureForm, orientation = 1): Uint8Array<ArrayBuffer> {
  const { width, height, channels, fit } = form
  const turned = orientation >= 5
  const [across, down] = turned ? [height, width] : [width, height]
  const { inner, x, y } = place(picture, across, down, fit)
  const rgb = scaled(picture, taps(x, inner.width, picture.width), taps(y, inner.height, picture.height))
  const upright = new Uint8Array(width * height * channels).fill(255)
  const [left, top] = [Math.floor((across - inner.width) / 2), Math.floor((down - inner.height) / 2)]
  for (let row = 0; row < inner.height; row++) {
    for (let column = 0; column < inner.width; column++) {
      const from = (row * inner.width + column) * 3
      const to = oriented(left + column, top + row, across, down, orientation) * channels
      const [r, g, b] = [rgb[from]!, rgb[from + 1]!, rgb[from + 2]!]
      if (channels === 1) upright[to] = Math.floor(0.299 * r + 0.587 * g + 0.114 * b + 0.5)
      else {
        upright[to] = Math.floor(r + 0.5)
        upright[to + 1] = Math.floor(g + 0.5)
        upright[to + 2] = Math.floor(b + 0.5)
      }
    }
  }
  return upright
}

/** Which part of the picture is seen, and how large. */
function place(
  { width, height }: Pixels,
  across: number,
  down: number,
  fit: PictureFit,
): { inner: { width: number; height: number }; x: Span; y: Span } {
  const whole = { x: { begin: 0, end: width }, y: { begin: 0, end: height } }
  if (fit === 'fill') return { inner: { width: across, height: down }, ...whole }
  if (fit === 'contain') {
    const scale = Math.min(across / width, down / height)
    const side = (length: number, most: number): number => Math.min(most, Math.max(1, Math.round(length * scale)))
    return { inner: { width: side(width, across), height: side(height, down) }, ...whole }
  }
  const scale = Math.min(width / across, height / down)
  const middle = (length: number, seen: number): Span => ({ begin: (length - seen) / 2, end: (length + seen) / 2 })
  return {
    inner: { width: across, height: down },
    x: middle(width, across * scale),
    y: middle(height, down * scale),
  }
}

/** @param length of the whole axis: what lies just beside the span still counts, what lies beside the picture does not */
function taps({ begin, end }: Span, count: number, length: number): Tap[] {
  const scale = (end - begin) / count
  const reach = Math.max(1, scale)
  return Array.from({ length: count }, (_, i) => {
    const centre = begin + (i + 0.5) * scale
    const first = Math.max(0, Math.floor(centre - reach + 0.5))
    const last = Math.min(length, Math.max(first + 1, Math.floor(centre + reach + 0.5)))
    const weights = new Float64Array(last - first)
    let sum = 0
    for (let j = 0; j < weights.length; j++) {
      const weight = Math.max(0, 1 - Math.abs(first + j + 0.5 - centre) / reach)
      weights[j] = weight
      sum += weight
    }
    for (let j = 0; j < weights.length; j++) weights[j]! /= sum
    return { first, weights }
  })
}

/** @returns [rows, columns, 3], from 0 to 255 */
function scaled({ data, width }: Pixels, columns: readonly Tap[], rows: readonly Tap[]): Float32Array {
  const begin = rows[0]!.first
  const end = Math.max(...rows.map(({ first, weights }) => first + weights.length))
  const length = 3 * columns.length
  const narrow = new Float32Array((end - begin) * length)
  // Alpha over white: c · a + 255 · (1 − a).
  for (let row = begin, to = 0; row < end; row++) {
    for (const { first, weights } of columns) {
      let [r, g, b] = [0, 0, 0]
      for (let j = 0, at = (row * width + first) * 4; j < weights.length; j++, at += 4) {
        const weight = weights[j]!
        const alpha = data[at + 3]!
        const seen = alpha === 255 ? weight : (weight * alpha) / 255
        const white = 255 * (weight - seen)
        r += seen * data[at]! + white
        g += seen * data[at + 1]! + white
        b += seen * data[at + 2]! + white
      }
      narrow[to] = r
      narrow[to + 1] = g
      narrow[to + 2] = b
      to += 3
    }
  }
  const small = new Float32Array(rows.length * length)
  const sums = new Float64Array(length)
  rows.forEach(({ first, weights }, row) => {
    sums.fill(0)
    for (let j = 0, at = (first - begin) * length; j < weights.length; j++) {
      const weight = weights[j]!
      for (let i = 0; i < length; i++) sums[i]! += weight * narrow[at++]!
    }
    small.set(sums, row * length)
  })
  return small
}

/** Where pixel (x, y) of a stored picture of `width` × `height` lies in the upright one. */
function oriented(x: number, y: number, width: number, height: number, orientation: number): number {
  const [right, below] = [width - 1 - x, height - 1 - y]
  switch (orientation) {
    case 2:
      return y * width + right
    case 3:
      return below * width + right
    case 4:
      return below * width + x
    case 5:
      return x * height + y
    case 6:
      return x * height + below
    case 7:
      return right * height + below
    case 8:
      return right * height + y
    default:
      return y * width + x
  }
}
