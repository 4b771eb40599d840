/** Stops training between two steps: open, closed, or open for a number of steps. */

export class Gate {
  #steps = 0
  #open: (() => void) | undefined

  /** Lets any number of steps pass. */
  open(): void {
    this.allow(Number.POSITIVE_INFINITY)
  }

  /** Lets this many steps pass. */
  allow(steps: number): void {
    this.#steps = steps
    this.#open?.()
    this.#open = undefined
  }

  close(): void {
    this.#steps = 0
  }

  get isClosed(): boolean {
    return this.#steps === 0
  }

  /** Counts a step that is done, and waits until there may be another. */
  async pass(): Promise<void> {
    if (this.#steps > 0) this.#steps--
    while (this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#open = resolve
      })
    }
  }
}
