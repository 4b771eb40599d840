/** A digit and its probabilities in characters. */

/** From black to white. */
const SHADES = ' .:-=+*#%@'
const BAR_LENGTH = 30

/**
 * An image as lines of text, two rows of pixels to a line, since characters are twice as high as wide.
 * @param pixels [height, width, channels] bytes
 */
export function imageLines(pixels: Uint8Array, shape: readonly number[]): string[] {
  const [height = 0, width = 0, channels = 1] = shape
  return Array.from({ length: Math.ceil(height / 2) }, (_, line) =>
    Array.from({ length: width }, (_, column) => {
      const cell = [2 * line, 2 * line + 1]
        .filter((row) => row < height)
        .flatMap((row) => {
          const at = (row * width + column) * channels
          return [...pixels.subarray(at, at + channels)]
        })
      const mean = cell.reduce((sum, value) => sum + value, 0) / cell.length
      return SHADES[Math.round((mean / 255) * (SHADES.length - 1))]!
    }).join(''),
  )
}

/** A bar per class, the largest marked. */
export function probabilityLines(probabilities: readonly number[]): string[] {
  const best = argMax(probabilities)
  return probabilities.map((p, digit) => {
    const bar = '█'.repeat(Math.round(p * BAR_LENGTH)).padEnd(BAR_LENGTH)
    return `${digit} ${bar} ${percent(p).padStart(7)}${digit === best ? ' <' : ''}`
  })
}

/** Classes that are shown of many. */
const MOST_CLASSES = 5
/** Columns of a name. */
const LONGEST_NAME = 24

/** A bar for each of the likeliest classes, by name, within `columns`. */
export function classLines(
  probabilities: readonly number[],
  nameOf: (index: number) => string,
  columns: number,
): string[] {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!).slice(0, MOST_CLASSES)
  const names = order.map((i) => nameOf(i).slice(0, LONGEST_NAME))
  const width = Math.max(...names.map((name) => name.length))
  const length = Math.max(0, Math.min(BAR_LENGTH, columns - width - '   100.0 %'.length - 2))
  return order.map((i, row) => {
    const bar = '█'.repeat(Math.round(probabilities[i]! * length)).padEnd(length)
    return `  ${names[row]!.padEnd(width)} ${bar} ${percent(probabilities[i]!).padStart(7)}`
  })
}

/** 0.98765 as 98.8 % */
export function percent(p: number): string {
  return `${(100 * p).toFixed(1)} %`
}

/** The class with the largest probability, the first of equals. */
export function argMax(probabilities: readonly number[]): number {
  return probabilities.indexOf(Math.max(...probabilities))
}

/** Two blocks of lines side by side, each in the middle of the other's height. */
export function beside(left: readonly string[], right: readonly string[], gap = '   '): string[] {
  const height = Math.max(left.length, right.length)
  const width = Math.max(...left.map((line) => line.length))
  const line = (block: readonly string[], i: number): string => block[i - Math.floor((height - block.length) / 2)] ?? ''
  return Array.from({ length: height }, (_, i) => `${line(left, i).padEnd(width)}${gap}${line(right, i)}`.trimEnd())
}
