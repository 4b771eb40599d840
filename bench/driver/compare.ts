/**
 * Times systems against each other: all of them stay open, and round after round each item is run by one system after
 * the other, so that what else the machine does hits all alike. A system that fails is a row with its error.
 */

import { isCold, WORK } from '../shared/work.mjs'
import { median } from '../stats.ts'
import type { ItemName, ItemResult, SystemResult } from './results.ts'
import type { SystemSpec } from './system.ts'
import { type Opened, type Prepared, Refusal, type Worker } from './worker.ts'

const OPEN_MS = 60_000
const PREPARE_MS = 180_000
const ROUND_MS = 120_000

/** Rounds of work that takes so many ms a go: what is long varies little. */
const LONG = [
  [5000, 1],
  [1000, 3],
] as const

const RATIO_OF_DIGESTS = 1e-3

export function roundsFor(runMs: number, rounds: number): number {
  const limit = LONG.find(([ms]) => runMs > ms)?.[1] ?? rounds
  return Math.min(limit, rounds)
}

/** One system through the whole comparison. */
class Competitor {
  readonly spec: SystemSpec
  readonly #times = new Map<ItemName, number[]>()
  readonly #prepared = new Map<ItemName, Prepared>()
  readonly #errors = new Map<ItemName, string>()
  #worker: Worker | undefined
  /** Items that the present worker is ready for: none after it had to be started again. */
  readonly #ready = new Set<ItemName>()
  #opened: Opened | undefined
  #failure: string | undefined

  constructor(spec: SystemSpec) {
    this.spec = spec
  }

  /** Starts the worker; a failure is kept, not thrown. */
  async open(): Promise<void> {
    try {
      this.#worker = await this.spec.start()
      const { system, options } = this.spec
      this.#opened = await this.#worker.request({ op: 'open', system, options }, OPEN_MS)
    } catch (error) {
      this.#failure = messageOf(error)
      await this.close()
    }
  }

  get failure(): string | undefined {
    return this.#failure
  }

  /** Sets an item up where the system has it. */
  async prepare(item: ItemName): Promise<void> {
    if (!this.#has(item)) return
    try {
      this.#prepared.set(item, await this.#ask({ op: 'prepare', item }, PREPARE_MS))
      this.#ready.add(item)
    } catch (error) {
      await this.#fail(item, error)
    }
  }

  async round(item: ItemName, rounds: number): Promise<void> {
    const prepared = this.#prepared.get(item)
    const done = this.#times.get(item) ?? []
    if (prepared === undefined || this.#errors.has(item) || done.length >= roundsFor(prepared.runMs, rounds)) return
    try {
      if (!this.#ready.has(item)) await this.prepare(item)
      const { ms } = await this.#ask({ op: 'round', item }, ROUND_MS)
      this.#times.set(item, [...done, ms])
    } catch (error) {
      await this.#fail(item, error)
    }
  }

  /** A training step in a process of its own. */
  async coldRound(item: ItemName): Promise<void> {
    const { cold } = this.spec
    if (cold === undefined || this.#failure !== undefined || this.#errors.has(item)) return
    try {
      const { ms } = await cold(item)
      this.#times.set(item, [...(this.#times.get(item) ?? []), ms])
    } catch (error) {
      this.#errors.set(item, messageOf(error))
    }
  }

  digest(item: ItemName): number | undefined {
    return this.#prepared.get(item)?.digest
  }

  /** Strikes an item out, e.g. since it computes something else than the others. */
  reject(item: ItemName, error: string): void {
    this.#errors.set(item, error)
  }

  result(items: readonly ItemName[]): SystemResult {
    const { id, family, label, where, threads } = this.spec
    const found = items.flatMap((item) => {
      const one = this.#itemResult(item)
      return one === undefined ? [] : [[item, one] as const]
    })
    return { id, family, label, where, threads, facts: this.#opened?.facts ?? {}, items: Object.fromEntries(found) }
  }

  async close(): Promise<void> {
    await this.#worker?.close()
    this.#worker = undefined
    this.#ready.clear()
  }

  #has(item: ItemName): boolean {
    const { only } = this.spec
    return this.#opened?.items.includes(item) === true && (only === undefined || only.includes(item))
  }

  #itemResult(item: ItemName): ItemResult | undefined {
    const times = this.#times.get(item) ?? []
    const failure = times.length === 0 ? this.#failure : undefined
    const error = this.#errors.get(item) ?? failure ?? this.#opened?.refusals[item]
    const asked = this.spec.only === undefined || this.spec.only.includes(item)
    if (error !== undefined) return asked ? { error } : undefined
    if (times.length === 0) return undefined
    const [ms, { flops }] = [median(times), WORK[item]]
    const note = this.#prepared.get(item)?.note ?? ''
    return {
      ms: significant(ms),
      least: significant(Math.min(...times)),
      rounds: times.length,
      ...(flops > 0 ? { gflops: significant(flops / ms / 1e6) } : {}),
      ...(note === '' ? {} : { note }),
    }
  }

  async #ask<Op extends 'prepare' | 'round'>(
    request: { op: Op; item: string },
    timeoutMs: number,
  ): Promise<Op extends 'prepare' ? Prepared : { ms: number }> {
    if (this.#worker === undefined) await this.open()
    if (this.#worker === undefined) throw new Error(this.#failure)
    return (await this.#worker.request(request as never, timeoutMs)) as never
  }

  /** Notes why an item has no figure. A worker that hangs or is gone is ended, and started again for the next item. */
  async #fail(item: ItemName, error: unknown): Promise<void> {
    this.#errors.set(item, messageOf(error))
    if (!(error instanceof Refusal)) await this.close()
  }
}

export interface CompareArgs {
  readonly specs: readonly SystemSpec[]
  readonly items: readonly ItemName[]
  readonly rounds: number
  /** When it is over, no further round begins; each item gets one at least. */
  readonly minutes: number
  readonly log: (line: string) => void
  /** Is given the rows as they are after every round. */
  readonly onRound?: (systems: SystemResult[]) => void
}

/** The rows of the comparison, in the order of the systems. */
export async function compare({ specs, items, rounds, minutes, log, onRound }: CompareArgs): Promise<SystemResult[]> {
  const until = performance.now() + minutes * 60_000
  const competitors = specs.map((spec) => new Competitor(spec))
  const results = (): SystemResult[] => competitors.map((one) => one.result(items))
  try {
    for (const one of competitors) {
      await one.open()
      log(`${one.spec.id}: ${one.failure ?? 'ready'}`)
    }
    for (const item of items) {
      log(`setting up ${item}`)
      for (const one of competitors) await one.prepare(item)
      checkDigests(competitors, item)
    }
    for (let round = 1; round <= rounds && (round === 1 || performance.now() < until); round++) {
      log(`round ${round} of ${rounds}`)
      for (const item of items) {
        for (const one of competitors) await (isCold(item) ? one.coldRound(item) : one.round(item, rounds))
      }
      onRound?.(results())
    }
    return results()
  } finally {
    for (const one of competitors) await one.close()
  }
}

/** Whoever computes another result than most does not do the same work. */
function checkDigests(competitors: readonly Competitor[], item: ItemName): void {
  const digests = competitors.map((one) => one.digest(item)).filter((digest) => digest !== undefined)
  if (digests.length < 2) return
  const common = median(digests)
  for (const one of competitors) {
    const own = one.digest(item)
    if (own === undefined || Math.abs(own - common) <= RATIO_OF_DIGESTS * Math.abs(common)) continue
    one.reject(item, `computes something else: mean |y| is ${own}, not ${common}`)
  }
}

export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0]!.slice(0, 200)
}

/** Four digits: more would be noise. */
export function significant(value: number): number {
  return Number(value.toPrecision(4))
}
