/** Watching one figure: which way is better, and whether it has become so. */

import { ArgumentError, checkNumber, checkOneOf, show } from '../errors.ts'
import type { Logs } from './callback.ts'

/** Which figure is watched, and how. */
export interface MonitorArgs {
  /** The figure to watch; 'accuracy' stands for 'acc' too. Default 'val_loss'. */
  readonly monitor?: string | null
  /** A smaller change is none. Default 0. */
  readonly minDelta?: number | null
  /** Whether less or more is better; 'auto' takes more for accuracies and the like. Default 'auto'. */
  readonly mode?: 'auto' | 'min' | 'max' | null
}

/** Figures of which more is better, by parts of their names. */
const RISING = /acc|auc|precision|recall|f1|r2/i

export class Monitor {
  readonly name: string
  readonly #who: string
  readonly #minDelta: number
  readonly #sign: number
  /** The best figure so far, times −1 where more is better. */
  best = Number.POSITIVE_INFINITY

  constructor(who: string, args: MonitorArgs) {
    const [monitor, minDelta, mode] = [args.monitor ?? 'val_loss', args.minDelta ?? 0, args.mode ?? 'auto']
    if (typeof monitor !== 'string') {
      throw new ArgumentError({ who, expected: 'monitor to be the name of a figure', received: show(monitor) })
    }
    checkNumber(who, 'minDelta', minDelta)
    checkOneOf(who, 'mode', mode, ['auto', 'min', 'max'])
    this.name = monitor
    this.#who = who
    this.#minDelta = Math.abs(minDelta)
    this.#sign = mode === 'max' || (mode === 'auto' && RISING.test(monitor)) ? -1 : 1
  }

  /** Forgets the best figure, or starts from a given one. */
  reset(baseline?: number): void {
    this.best = baseline === undefined ? Number.POSITIVE_INFINITY : baseline * this.#sign
  }

  /** The figure in an epoch's logs. */
  figureOf(logs: Logs): number {
    const other = this.name.includes('accuracy')
      ? this.name.replace('accuracy', 'acc')
      : this.name.replace('acc', 'accuracy')
    const figure = logs[this.name] ?? logs[other]
    if (figure !== undefined) return figure
    const there = Object.keys(logs)
    const validated = there.some((name) => name.startsWith('val_'))
    throw new ArgumentError({
      who: this.#who,
      expected: `monitor to be one of ${there.join(', ')}`,
      received: show(this.name),
      hint: this.name.startsWith('val_') && !validated ? 'give fit validationData or validationSplit' : undefined,
    })
  }

  /** Whether the figure of the logs is the best; it is remembered then. */
  improves(logs: Logs): boolean {
    const figure = this.figureOf(logs) * this.#sign
    if (!(figure < this.best - this.#minDelta)) return false
    this.best = figure
    return true
  }
}
