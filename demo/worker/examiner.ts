/** Examines a trained network on all test images: who is taken for whom, and where it is most wrong. */

import type { data, LayersModel } from 'quadlane'
import { breathe } from './breathe.ts'
import { CLASSES, guessOf } from './guess.ts'
import { probabilitiesOf } from './score.ts'

export interface Mistake {
  /** Which of the test images. */
  readonly index: number
  readonly image: Uint8Array
  readonly label: number
  readonly guess: number
  /** The probability that the network gave to its guess. */
  readonly confidence: number
}

export interface Examination {
  readonly images: number
  readonly accuracy: number
  /** How often each digit (row) was taken for each (column). */
  readonly confusion: readonly (readonly number[])[]
  /** The mistakes, the most confident first: the worst of all, and the worst of each pair of digits. */
  readonly mistakes: readonly Mistake[]
}

/** Jobs of which one at a time is under way: tests of the network, and the learning of the user's own classes. */
export type JobKind = 'test' | 'own'

/** Told how much is done, from 0 to 1, and what is being done; it ends the job by throwing. */
export type Progress = (share: number, doing?: string) => void

/** Images between two breaths: some ten milliseconds each for the lecture's network. */
const PART = 100
/** The most confident of all, and of each pair of digits. */
const KEPT = { all: 24, pair: 12 }

export async function examine(model: LayersModel, test: data.ImageDataset, progress: Progress): Promise<Examination> {
  const confusion = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0))
  const mistakes: Mistake[] = []
  let right = 0
  await inParts(model, test, progress, (probabilities, part, begin) => {
    for (let i = 0; i < part.size; i++) {
      const guess = guessOf(probabilities, i)
      const label = part.label(i)
      confusion[label]![guess]!++
      if (guess === label) right++
      else {
        const confidence = probabilities[i * CLASSES + guess]!
        mistakes.push({ index: begin + i, image: part.image(i).slice(), label, guess, confidence })
      }
    }
  })
  mistakes.sort((a, b) => b.confidence - a.confidence)
  return {
    images: test.size,
    accuracy: right / test.size,
    confusion,
    mistakes: worst(mistakes),
  }
}

function worst(sorted: readonly Mistake[]): Mistake[] {
  const ofPair = new Map<number, number>()
  return sorted.filter(({ label, guess }, i) => {
    const key = label * CLASSES + guess
    const count = (ofPair.get(key) ?? 0) + 1
    ofPair.set(key, count)
    return i < KEPT.all || count <= KEPT.pair
  })
}

/** The share of images that are read rightly. */
export async function accuracyOf(model: LayersModel, test: data.ImageDataset, progress: Progress): Promise<number> {
  let right = 0
  await inParts(model, test, progress, (probabilities, part) => {
    for (let i = 0; i < part.size; i++) if (guessOf(probabilities, i) === part.label(i)) right++
  })
  return right / test.size
}

async function inParts(
  model: LayersModel,
  test: data.ImageDataset,
  progress: Progress,
  take: (probabilities: Float32Array, part: data.ImageDataset, begin: number) => void,
): Promise<void> {
  for (let begin = 0; begin < test.size; begin += PART) {
    const part = test.slice(begin, Math.min(test.size, begin + PART))
    take(probabilitiesOf(model, part), part, begin)
    progress((begin + part.size) / test.size)
    await breathe()
  }
}
