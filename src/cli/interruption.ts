/**
 * Signals while a model trains, from Ctrl-C, from a terminal that closes, from who shuts down: the first asks to end after
 * the batch, so that the run can be saved; the second ends.
 */

/** Signals and the exit codes that shells give them. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
type Signal = keyof typeof EXIT_CODES

/** A run that was ended from outside: `run` prints the message and exits with the code. */
export class Interruption extends Error {
  override name = 'Interruption'
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

export class InterruptionWatch {
  #signal: Signal | undefined
  readonly #listener = (signal: NodeJS.Signals): void => {
    if (this.#signal !== undefined) process.exit(EXIT_CODES[this.#signal])
    this.#signal = signal as Signal
  }

  constructor() {
    for (const signal of Object.keys(EXIT_CODES)) process.on(signal, this.#listener)
  }

  /** Throws once a signal has come. */
  check(): void {
    if (this.#signal !== undefined) throw new Interruption('interrupted', EXIT_CODES[this.#signal])
  }

  /** Leaves signals to their usual effect again. */
  stop(): void {
    for (const signal of Object.keys(EXIT_CODES)) process.off(signal, this.#listener)
  }
}
