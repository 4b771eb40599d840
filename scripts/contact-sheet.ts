/** Draws docs/images/digits.png, a contact sheet of the built-in digits. Run it with `npx tsx scripts/contact-sheet.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PNG } from 'pngjs'
import type { ImageDataset } from '../src/data/dataset.ts'
import { syntheticDigits } from '../src/data/digits.ts'

/** Two columns per digit, 0 to 9 from left to right. */
const COLUMNS_PER_DIGIT = 2
const ROWS = 10
const ZOOM = 2

/** The sheet in grey, one byte per pixel. */
function contactSheet(digits: ImageDataset): { width: number; height: number; pixels: Uint8Array } {
  const [side = 0] = digits.inputShape
  const cell = side * ZOOM
  const width = digits.classes * COLUMNS_PER_DIGIT * cell
  const pixels = new Uint8Array(width * ROWS * cell)
  const drawn = new Array<number>(digits.classes).fill(0)
  for (let i = 0; i < digits.size; i++) {
    const digit = digits.label(i)
    const place = drawn[digit]!++
    if (place >= COLUMNS_PER_DIGIT * ROWS) continue
    const left = (digit * COLUMNS_PER_DIGIT + (place % COLUMNS_PER_DIGIT)) * cell
    const top = Math.floor(place / COLUMNS_PER_DIGIT) * cell
    const image = digits.image(i)
    for (let y = 0; y < cell; y++) {
      for (let x = 0; x < cell; x++) {
        pixels[(top + y) * width + left + x] = image[Math.floor(y / ZOOM) * side + Math.floor(x / ZOOM)]!
      }
    }
  }
  return { width, height: ROWS * cell, pixels }
}

const digits = syntheticDigits({ count: 10 * COLUMNS_PER_DIGIT * ROWS })
const { width, height, pixels } = contactSheet(digits)
const png = new PNG({ width, height, colorType: 0 })
png.data = Buffer.from(pixels)
const path = fileURLToPath(new URL('../docs/images/digits.png', import.meta.url))
mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, PNG.sync.write(png, { colorType: 0, inputColorType: 0, inputHasAlpha: false, deflateLevel: 9 }))
console.log(`${path}: ${digits.size} digits, ${width} x ${height}`)
