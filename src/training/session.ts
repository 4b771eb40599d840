/** What a model knows of its training: how it learns, and whether a run is under way. */

import { StateError, show } from '../errors.ts'
import { type CompileArgs, type Compiled, compileFor } from './compile.ts'
import type { Moment } from './moment.ts'
import type { OutputSpec } from './trainable.ts'

export class Session {
  readonly #model: { readonly name: string }
  #compiled: Compiled | undefined
  #running: string | undefined
  /** Where the present run, or the last one, stands. */
  moment: (() => Moment) | undefined

  constructor(model: { readonly name: string }) {
    this.#model = model
  }

  compile(outputs: readonly OutputSpec[], args: CompileArgs): void {
    this.checkIdle('compile')
    this.#compiled = compileFor(outputs, args)
    this.moment = undefined
  }

  get given(): Compiled | undefined {
    return this.#compiled
  }

  /** What `compile` made. */
  compiled(who: string): Compiled {
    if (this.#compiled !== undefined) return this.#compiled
    throw new StateError({
      who,
      expected: 'a compiled model',
      received: `${show(this.#model.name)}, which is not`,
      hint: "call compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' }) first",
    })
  }

  /** Refuses what would pull the rug from under a run. */
  checkIdle(who: string): void {
    if (this.#running === undefined) return
    throw new StateError({
      who,
      expected: 'a model that is not being trained',
      received: `${show(this.#model.name)} in the middle of ${this.#running}`,
      hint: `await the promise that ${this.#running} returned; model.stopTraining = true ends it after the batch`,
    })
  }

  /** Runs `train` unless another run is under way. */
  async run<T>(who: string, train: () => Promise<T>): Promise<T> {
    this.checkIdle(who)
    this.compiled(who)
    this.#running = who
    try {
      return await train()
    } finally {
      this.#running = undefined
    }
  }
}
