/** The images to learn from and those to be tested on, each made or read once. */

import { data } from 'quadlane'
import type { DataName } from '../settings.ts'

export interface Images {
  readonly train: data.ImageDataset
  readonly test: data.ImageDataset
}

/** Where MNIST comes from: files that were chosen, or the folder of a server that lets other pages read it. */
export type MnistSource = { readonly files: readonly File[] } | { readonly url: string }

/** The digits that quadlane draws itself: drawing those to learn from takes about a second. */
const DIGITS = { train: { count: 12_000, seed: 1 }, test: { count: 2_000, seed: 2 } }

export class Datasets {
  readonly #digits: { train?: data.ImageDataset; test?: data.ImageDataset } = {}
  #mnist: Images | undefined

  async loadMnist(source: MnistSource): Promise<Images> {
    this.#mnist = await data.loadMnist(source)
    return this.#mnist
  }

  test(name: DataName): data.ImageDataset {
    if (name === 'mnist') return this.#loaded.test
    this.#digits.test ??= data.syntheticDigits(DIGITS.test)
    return this.#digits.test
  }

  train(name: DataName): data.ImageDataset {
    if (name === 'mnist') return this.#loaded.train
    this.#digits.train ??= data.syntheticDigits(DIGITS.train)
    return this.#digits.train
  }

  /** How many there are to learn from, before they are made. */
  trainSize(name: DataName): number {
    return name === 'mnist' ? this.#loaded.train.size : DIGITS.train.count
  }

  get #loaded(): Images {
    if (this.#mnist !== undefined) return this.#mnist
    throw new Error('MNIST has not been loaded: choose its four files, or download them.')
  }
}
