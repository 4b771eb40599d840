/** A model that is not trained here but looked into: any that takes pictures, as far as it stays legible. */

import { type LayersModel, tidy } from 'quadlane'
import { type ImageShape, imageShapeOf, type Range, rangeOf } from './image-models.ts'
import { type Focus, type Inspection, inspect } from './inspector.ts'

export interface GuestAbout extends ImageShape {
  readonly name: string
  readonly range: Range
  readonly parameters: number
  /** How many numbers it gives for a picture; 0 where it gives maps. */
  readonly answers: number
  /** The names of its answers; empty where they are not known. */
  readonly classes: readonly string[]
}

/** More columns than these are not legible; those behind them are left out, but for the last. */
export const MOST_STAGES = 40

export class Guest {
  #model: LayersModel | undefined

  /** Takes a model in place of the one before. @throws Error where it takes no pictures */
  take(model: LayersModel, classes: readonly string[]): GuestAbout {
    const about = imageShapeOf(model)
    const range = rangeOf(model)
    this.leave()
    this.#model = model
    const output = model.outputs.at(-1)!.shape
    const answers = output.length === 2 ? (output[1] ?? 0) : 0
    const names = classes.length === answers ? classes : []
    return { ...about, name: model.name, range, parameters: model.countParams(), answers, classes: names }
  }

  /** What its layers make of the numbers of a picture, row by row. */
  inspect(picture: Float32Array, { height, width, channels }: ImageShape, focus?: Focus): Inspection {
    const model = this.#model
    if (model === undefined) throw new Error('There is no other model any more.')
    const given = model.inputs[0]!.shape.slice(1)
    const shape = given.length === 3 ? [height, width, channels] : given.map((size) => size ?? 1)
    return tidy(() => inspect(model, picture, focus, { shape, most: MOST_STAGES }))
  }

  leave(): void {
    this.#model?.dispose()
    this.#model = undefined
  }
}
