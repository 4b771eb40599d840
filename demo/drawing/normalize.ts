/**
 * Brings a drawing into the form of MNIST's digits, as its makers did: the ink's bounding box is scaled to fit 20×20
 * pixels, keeping its proportions, and put into 28×28 so that its centre of mass is in the middle.
 */

export const SIDE = 28
const BOX = 20
/** Fainter ink does not count for the bounding box. */
const FAINT = 0.05

interface Picture {
  readonly width: number
  readonly height: number
  readonly values: Float32Array
}

/** `ink` is a square picture of `side` × `side`, 0 for paper and 1 for ink; the result is 28×28. Empty stays empty. */
export function normalizeDigit(ink: Float32Array, side: number): Float32Array<ArrayBuffer> {
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
