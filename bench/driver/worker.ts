/** A worker as whoever compares sees it: a process, a page, a frame or a thread that answers one request at a time. */

import type { Request } from '../shared/host.mjs'

export interface Opened {
  readonly facts: Readonly<Record<string, string | number>>
  readonly items: readonly string[]
  readonly refusals: Readonly<Record<string, string>>
}

export interface Prepared {
  /** What the item takes, in ms, the best of the warm-up. */
  readonly ms: number
  /** What a run takes: less than `ms` where the item is extrapolated from it. */
  readonly runMs: number
  readonly digest?: number
  readonly note: string
}

export interface Round {
  readonly ms: number
}

export interface Replies {
  readonly open: Opened
  readonly prepare: Prepared
  readonly round: Round
}

export interface Worker {
  request<Op extends Request['op']>(request: Request & { op: Op }, timeoutMs: number): Promise<Replies[Op]>
  /** Ends the process, the page, or what else it is. */
  close(): Promise<void>
}

/** Settles as `work` does, or fails when the time is over. */
export async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out after ${Math.round(timeoutMs / 1000)} s`)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What a worker answers that could not do what it was asked; it is there for the next request. */
export class Refusal extends Error {}

/** What comes back for a request, however it is carried. */
export type Answer = { readonly reply: unknown; readonly error?: undefined } | { readonly error: string }

/** The reply in an answer. @throws Refusal where it is an error */
export function replyIn<Op extends Request['op']>(answer: Answer): Replies[Op] {
  if (answer.error !== undefined) throw new Refusal(answer.error)
  return answer.reply as Replies[Op]
}
