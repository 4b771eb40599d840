/** Drawings and photographs of digits in the form of MNIST's. */

import { ArgumentError, checkInteger, show } from '../errors.ts'
import { isByteArray, isNumberArray } from '../typed-arrays.ts'
import { type Pixels, resample } from './resample.ts'

/** The width and height of MNIST's pictures. */
export const DIGIT_SIDE = 28
const SIDE = DIGIT_SIDE
const BOX = 20
/** Fainter ink does not count for the bounding box. */
const FAINT = 0.05

interface Picture {
  readonly width: number
  readonly height: number
  readonly values: Float32Array
}

/**
 * Brings a drawing into the form of MNIST's digits, as its makers did: the ink's bounding box is scaled to fit 20×20
 * pixels, keeping its proportions, and put into 28×28 so that its centre of mass is in the middle. Empty stays empty.
 * @param ink a square picture of `side` × `side`, 0 for paper and 1 for ink
 * @param side at least 1
 * @returns 28 × 28 numbers from 0 to 1
 * @example
 * console.log(data.normalizeDigit(new Float32Array(280 * 280), 280).length) // 784
 */
export function normalizeDigit(ink: Float32Array, side: number): Float32Array<ArrayBuffer> {
  const who = 'data.normalizeDigit'
  checkInteger(who, 'side', side, 1)
  if (!isNumberArray(ink) || ink.length !== side * side) {
    throw new ArgumentError({ who, expected: `ink of ${side} x ${side} numbers`, received: show(ink) })
  }
  const box = cropToInk(ink, side)
  const digit = new Float32Array(SIDE * SIDE)
  if (box === undefined) return digit
  const scale = BOX / Math.max(box.width, box.height)
  const small = shrink(box, Math.max(1, Math.round(box.width * scale)), Math.max(1, Math.round(box.height * scale)))
  const [x, y] = centreOfMass(small)
  const left = placed(x, small.width)
  const top = placed(y, small.height)
  for (let row = 0; row < small.height; row++) {
    digit.set(small.values.subarray(row * small.width, (row + 1) * small.width), (top + row) * SIDE + left)
  }
  return digit
}

/** Where a side must begin for its centre of mass to be in the middle, without leaving the frame. */
function placed(centre: number, length: number): number {
  return Math.min(SIDE - length, Math.max(0, Math.round(SIDE / 2 - centre)))
}

function cropToInk(ink: Float32Array, side: number): Picture | undefined {
  let [left, top, right, bottom] = [side, side, -1, -1]
  ink.forEach((value, i) => {
    if (value <= FAINT) return
    const row = Math.floor(i / side)
    const column = i % side
    left = Math.min(left, column)
    right = Math.max(right, column)
    top = Math.min(top, row)
    bottom = Math.max(bottom, row)
  })
  if (right < 0) return undefined
  const width = right - left + 1
  const height = bottom - top + 1
  const values = new Float32Array(width * height)
  for (let row = 0; row < height; row++) {
    const from = (top + row) * side + left
    values.set(ink.subarray(from, from + width), row * width)
  }
  return { width, height, values }
}

/** Each new pixel is the mean of the area that it covers. */
function shrink(picture: Picture, width: number, height: number): Picture {
  const across = overlaps(picture.width, width)
  const down = overlaps(picture.height, height)
  const values = new Float32Array(width * height)
  down.forEach((rows, y) => {
    across.forEach((columns, x) => {
      let sum = 0
      for (const [row, tall] of rows) {
        for (const [column, wide] of columns) sum += picture.values[row * picture.width + column]! * tall * wide
      }
      values[y * width + x] = sum
    })
  })
  return { width, height, values }
}

/** For each of `to` cells over `from` old ones: which it covers, and the share of the cell that each makes up. */
function overlaps(from: number, to: number): [old: number, share: number][][] {
  return Array.from({ length: to }, (_, i) => {
    const begin = (i * from) / to
    const end = ((i + 1) * from) / to
    const covered: [number, number][] = []
    for (let old = Math.floor(begin); old < Math.min(from, Math.ceil(end)); old++) {
      const share = (Math.min(end, old + 1) - Math.max(begin, old)) / (end - begin)
      if (share > 0) covered.push([old, share])
    }
    return covered
  })
}

/** In pixels from the upper left corner; a pixel's mass is in its middle. */
function centreOfMass({ width, values }: Picture): [x: number, y: number] {
  let [mass, x, y] = [0, 0, 0]
  values.forEach((value, i) => {
    mass += value
    x += value * ((i % width) + 0.5)
    y += value * (Math.floor(i / width) + 0.5)
  })
  return [x / mass, y / mass]
}

/** The longer side that a picture of a digit is brought to before its ink is measured. */
const MEASURED = 280
/** The ink of a blank sheet: fainter differences are not stretched to full ones. */
const LEAST_INK = 0.2
/** What differs from the paper by so little is the paper's grain. */
const GRAIN = 0.15

/**
 * A photograph or scan of one digit, dark on light paper or light on dark, as MNIST has digits: what differs from the
 * border's brightness is ink, which `normalizeDigit` crops, scales and centres.
 * @param picture RGBA pixels
 * @param orientation the picture's EXIF tag 274, from 1 (upright) to 8
 * @returns [28, 28, 1] bytes, white on black
 * @example
 * const white = { width: 40, height: 60, data: new Uint8Array(40 * 60 * 4).fill(255) }
 * console.log(data.digitFromPixels(white).length) // 784
 */
export function digitFromPixels(picture: Pixels, orientation = 1): Uint8Array<ArrayBuffer> {
  const who = 'data.digitFromPixels'
  checkInteger(who, 'orientation', orientation, 1, 8)
  checkPixels(who, picture)
  const turned = orientation >= 5
  const [across, down] = turned ? [picture.height, picture.width] : [picture.width, picture.height]
  const scale = MEASURED / Math.max(across, down)
  const [width, height] = [across, down].map((side) => Math.max(1, Math.round(side * scale))) as [number, number]
  const grey = resample(picture, { width, height, channels: 1, fit: 'fill' }, orientation)
  const paper = borderMean(grey, width, height)
  const ink = new Float32Array(MEASURED * MEASURED)
  let most = LEAST_INK
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const difference = Math.abs(grey[row * width + column]! - paper) / 255
      ink[row * MEASURED + column] = difference
      most = Math.max(most, difference)
    }
  }
  const clear = ink.map((value) => Math.max(0, value / most - GRAIN) / (1 - GRAIN))
  return Uint8Array.from(normalizeDigit(clear, MEASURED), (value) => Math.floor(255 * Math.min(1, value) + 0.5))
}

function checkPixels(who: string, picture: Pixels): void {
  const { width, height, data } = picture ?? {}
  checkInteger(who, 'width', width, 1)
  checkInteger(who, 'height', height, 1)
  if (isByteArray(data) && data.length === width * height * 4) return
  throw new ArgumentError({ who, expected: `data of ${width} x ${height} x 4 bytes`, received: show(data) })
}

/** The mean along the edges: what the paper is like. */
function borderMean(grey: Uint8Array, width: number, height: number): number {
  let [sum, count] = [0, 0]
  for (let row = 0; row < height; row++) {
    const step = row === 0 || row === height - 1 ? 1 : Math.max(1, width - 1)
    for (let column = 0; column < width; column += step) {
      sum += grey[row * width + column]!
      count++
    }
  }
  return sum / count
}
