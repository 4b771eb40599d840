/** Reading probabilities; also on the page, so quadlane is not needed here. */

export const CLASSES = 10

/** The most probable class of a row. */
export function guessOf(probabilities: ArrayLike<number>, row = 0): number {
  let best = 0
  for (let i = 1; i < CLASSES; i++) {
    if (probabilities[row * CLASSES + i]! > probabilities[row * CLASSES + best]!) best = i
  }
  return best
}
