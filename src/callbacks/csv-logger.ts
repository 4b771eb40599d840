/** The figures of epochs as lines of comma-separated values. */

import { ArgumentError, checkOptions, show } from '../errors.ts'
import { Callback, type Logs } from './callback.ts'

/** Takes lines: a stream of Node, or whatever has `write`. */
export interface LineWriter {
  /**
   * Takes a line with its end.
   * @param line the text
   */
  write(line: string): unknown
}

/** What `callbacks.csvLogger` takes beside a writer. */
export interface CsvLoggerArgs {
  /** Between values. Default ','. */
  readonly separator?: string | null
}

/** Writes a head and a line per epoch; `text` has them all. */
export class CSVLogger extends Callback {
  readonly #writer: LineWriter | undefined
  readonly #separator: string
  #names: string[] = []
  #text = ''

  constructor(writer?: LineWriter | null, args?: CsvLoggerArgs | null) {
    super()
    const who = 'callbacks.csvLogger'
    const given = writer ?? undefined
    if (given !== undefined && typeof (given as LineWriter).write !== 'function') {
      const hint = "give a stream: createWriteStream('training.csv'), or nothing and read the text property"
      throw new ArgumentError({ who, expected: 'something with write(line)', received: show(given), hint })
    }
    checkOptions(who, args ?? {}, ['separator'])
    this.#writer = given
    this.#separator = args?.separator ?? ','
  }

  /** All lines so far. */
  get text(): string {
    return this.#text
  }

  override getState(): unknown {
    return { names: this.#names, text: this.#text }
  }

  override setState(state: { names: string[]; text: string }): void {
    this.#names = [...state.names]
    this.#text = state.text
  }

  override onTrainBegin(): void {
    this.#names = []
    this.#text = ''
  }

  override onEpochEnd(epoch: number, logs: Logs = {}): void {
    if (this.#names.length === 0) {
      this.#names = Object.keys(logs)
      this.#line(['epoch', ...this.#names])
    }
    this.#line([epoch, ...this.#names.map((name) => logs[name] ?? '')])
  }

  #line(values: readonly (string | number)[]): void {
    const line = `${values.map((value) => this.#quoted(String(value))).join(this.#separator)}\n`
    this.#text += line
    this.#writer?.write(line)
  }

  #quoted(value: string): string {
    return value.includes(this.#separator) || /["\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
  }
}

/**
 * The figures of epochs as comma-separated values, written to a stream line by line.
 * @param writer gets each line: a stream of Node, or whatever has `write`; default none: read `text` at the end
 * @param args `separator`, default ','
 * @example
 * const log = callbacks.csvLogger()
 * const model = zoo.mlp({ seed: 1 })
 * model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
 * await model.fit(data.syntheticDigits({ count: 64 }), { epochs: 1, callbacks: log, verbose: 0 })
 * console.log(log.text.split('\n')[0]) // epoch,loss
 */
export function csvLogger(writer?: LineWriter | null, args?: CsvLoggerArgs | null): CSVLogger {
  return new CSVLogger(writer, args)
}
