/**
 * How far an epoch has come: a bar where standard error is a terminal, else a plain line about every tenth of the
 * steps, which a log file can hold.
 */

import { SingleBar } from 'cli-progress'
import { duration, milliseconds, type TextStream } from './output.ts'

/** The figures of an epoch up to now. */
export interface EpochFigures {
  /** Means over the samples so far. */
  readonly loss: number
  readonly accuracy: number
  /** Steps taken. */
  readonly steps: number
  readonly msPerStep: number
}

export interface Progress {
  begin(epoch: number): void
  step(figures: EpochFigures): void
  /** Takes the display away, also when an epoch breaks off. */
  end(): void
}

/** @param steps steps of an epoch */
export function makeProgress(stream: TextStream, epochs: number, steps: number): Progress {
  return stream.isTTY === true ? new BarProgress(stream, epochs, steps) : new LineProgress(stream, epochs, steps)
}

/** The longest that the text beside the bar is. */
const BAR_TEXT = 70
/** A bar that is shorter says nothing: the text goes instead. */
const SHORTEST_BAR = 4

class BarProgress implements Progress {
  readonly #bar: SingleBar
  readonly #epochs: number
  readonly #steps: number
  /** What the figures may take. */
  readonly #room: number

  constructor(stream: TextStream, epochs: number, steps: number) {
    const { columns = 80 } = stream
    const barsize = Math.min(30, Math.max(SHORTEST_BAR, columns - BAR_TEXT))
    this.#epochs = epochs
    this.#steps = steps
    const fixed = `Epoch ${epochs}/${epochs} [] ${steps}/${steps} `.length
    this.#room = columns - 1 - fixed - barsize
    this.#bar = new SingleBar({
      stream,
      format: 'Epoch {epoch} [{bar}] {value}/{total} {figures}',
      barsize,
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      clearOnComplete: true,
      // A terminal that is set otherwise stays so when the process is killed.
      hideCursor: false,
      linewrap: true,
    })
  }

  begin(epoch: number): void {
    this.#bar.start(this.#steps, 0, { epoch: `${epoch + 1}/${this.#epochs}`, figures: '' })
  }

  step(figures: EpochFigures): void {
    const { steps, loss, accuracy, msPerStep } = figures
    const last = steps === this.#steps
    const next = last ? 'validating' : `ETA ${remaining(figures, this.#steps)}`
    const parts = [next, `loss ${loss.toFixed(4)}`, `acc ${accuracy.toFixed(4)}`, `${milliseconds(msPerStep)}/step`]
    while (parts.length > 1 && parts.join(' ').length > this.#room) parts.pop()
    this.#bar.update(steps, { figures: parts.join(' ') })
    // Nothing is drawn while the model validates.
    if (last) this.#bar.render()
  }

  end(): void {
    if (this.#bar.isActive) this.#bar.stop()
  }
}

class LineProgress implements Progress {
  readonly #stream: TextStream
  readonly #epochs: number
  readonly #steps: number
  #epoch = 0
  #tenths = 0

  constructor(stream: TextStream, epochs: number, steps: number) {
    this.#stream = stream
    this.#epochs = epochs
    this.#steps = steps
  }

  begin(epoch: number): void {
    this.#epoch = epoch
    this.#tenths = 0
  }

  step(figures: EpochFigures): void {
    const { steps, loss, accuracy, msPerStep } = figures
    const tenths = Math.floor((10 * steps) / this.#steps)
    if (tenths === this.#tenths) return
    this.#tenths = tenths
    const text = `loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}, ${milliseconds(msPerStep)}/step`
    const left = remaining(figures, this.#steps)
    this.#stream.write(
      `epoch ${this.#epoch + 1}/${this.#epochs}, step ${steps}/${this.#steps}: ${text}, ${left} left\n`,
    )
  }

  end(): void {}
}

function remaining({ steps, msPerStep }: EpochFigures, all: number): string {
  return duration(((all - steps) * msPerStep) / 1000)
}
