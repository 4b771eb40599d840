/** How far training has come: a line per epoch, and on a terminal one that moves on while the epoch runs. */

import { Callback, type Logs } from './callback.ts'

/** Figures that are read when a line is written. */
interface Figures {
  means(): Logs
}

/** What a terminal's stream has. */
interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Standard error where it is a terminal; pages have none. */
function terminal(): Terminal | undefined {
  const { process } = globalThis as { process?: { stderr?: Terminal } }
  return process?.stderr?.isTTY === true ? process.stderr : undefined
}

/** Redrawing costs more than a step of a small model. */
const REDRAW_MS = 100
const BAR = 20

export class ProgressLine {
  readonly #epochs: number
  readonly #steps: number | undefined
  readonly #terminal = terminal()
  #epoch = -1
  #begun = 0
  #before = 0
  #drawn = 0

  constructor(epochs: number, steps: number | undefined) {
    this.#epochs = epochs
    this.#steps = steps
  }

  /** @param done steps of the epoch that are behind it */
  step(epoch: number, done: number, figures: Figures): void {
    if (this.#terminal === undefined) return
    const now = performance.now()
    if (epoch !== this.#epoch) {
      this.#epoch = epoch
      this.#begun = now
      this.#before = done
    }
    if (now - this.#drawn < REDRAW_MS && done !== this.#steps) return
    this.#drawn = now
    const perStep = (now - this.#begun) / Math.max(1, done - this.#before)
    this.#draw(
      `Epoch ${epoch + 1}/${this.#epochs} ${this.#bar(done)} ${pace(perStep)} - ${figuresText(figures.means())}`,
    )
  }

  /** Puts the epoch's line in the place of the moving one. */
  end(epoch: number, logs: Logs): void {
    this.stop()
    console.log(epochLine(epoch, this.#epochs, logs))
  }

  /** Takes the moving line away. */
  stop(): void {
    if (this.#drawn > 0) this.#terminal?.write('\r\x1b[K')
    this.#drawn = 0
  }

  #bar(done: number): string {
    if (this.#steps === undefined) return `step ${done}`
    const full = Math.round((BAR * done) / this.#steps)
    return `[${'='.repeat(full)}${' '.repeat(BAR - full)}] ${done}/${this.#steps}`
  }

  #draw(text: string): void {
    const columns = this.#terminal?.columns ?? 80
    this.#terminal?.write(`\r\x1b[K${text.slice(0, columns - 1)}`)
  }
}

function pace(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms/step` : `${ms.toFixed(0)} ms/step`
}

function figuresText(logs: Logs): string {
  return Object.entries(logs)
    .map(([name, value]) => `${name}: ${value.toFixed(4)}`)
    .join(' - ')
}

/** What is told of an epoch that is over. */
export function epochLine(epoch: number, epochs: number, logs: Logs): string {
  return `Epoch ${epoch + 1}/${epochs} - ${figuresText(logs)}`
}

/** The same as a callback. */
export class Progress extends Callback {
  #line: ProgressLine | undefined
  #epoch = 0
  #logs: Logs = {}

  override onTrainBegin(): void {
    this.#line = new ProgressLine(this.params.epochs ?? 1, this.params.steps)
  }

  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch
  }

  override onBatchEnd(batch: number, logs: Logs = {}): void {
    const { batch: _batch, size: _size, ...figures } = logs
    this.#logs = figures
    this.#line?.step(this.#epoch, batch + 1, { means: () => this.#logs })
  }

  override onEpochEnd(epoch: number, logs: Logs = {}): void {
    this.#line?.end(epoch, logs)
  }

  override onTrainEnd(): void {
    this.#line?.stop()
  }
}

/**
 * Shows how far training has come: on a terminal a line that moves on, elsewhere a line per epoch.
 * @example
 * const model = zoo.lenet5({ seed: 1 })
 * model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
 * await model.fit(data.syntheticDigits({ count: 64 }), { epochs: 1, callbacks: callbacks.progress(), verbose: 0 })
 */
export function progress(): Progress {
  return new Progress()
}
