/** What `npm run bench` times: a piece of work that can be set up, run again and again, and taken down. */

/** What a run returns that has timed the part of it that counts. */
export class Milliseconds {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

export interface Prepared {
  /** Does the work once. */
  readonly run: () => unknown
  /** Frees what the work needs. */
  readonly end?: () => void
}

export type Group = 'kernel' | 'op' | 'model'

export interface Case {
  readonly group: Group
  readonly name: string
  /** Floating-point operations of one run, a convolution counted as the direct one; 0 where they are not the point. */
  readonly flops: number
  readonly prepare: () => Prepared | Promise<Prepared>
}
