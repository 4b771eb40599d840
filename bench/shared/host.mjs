/**
 * The worker's half of a comparison: opens one system, sets its work items up when told, and times one round of one item
 * when told. The same in Node and in a page; who carries the messages differs.
 */

/**
 * @typedef {object} Item
 * @property {() => unknown} run does the work once, its result in JavaScript's hands when it returns or resolves; a
 *   number that it returns is the time in ms of the part that counts
 * @property {() => number | Promise<number>} [digest] a figure of the result that all systems have in common
 * @property {number} [scale] how many times the work of one run the item stands for, where it is extrapolated
 * @property {string} [note]
 *
 * @typedef {object} System
 * @property {Record<string, string | number>} facts versions and settings, for the record
 * @property {Record<string, () => Item | Promise<Item>>} items
 * @property {Record<string, string>} [refusals] why an item is not there
 *
 * @typedef {{ op: 'open', system: string, options: Record<string, unknown> }
 *   | { op: 'prepare', item: string }
 *   | { op: 'round', item: string }} Request
 */

/** What a round takes together, where the work is shorter than that. */
const ROUND_MS = 100
const WARM_UP_MS = 300
/** Work that takes longer than this is not repeated to warm up. */
const LONG_MS = 5000
/** Below this a round begins with a run that is not timed: the caches are someone else's by then. */
const UNTIMED_BELOW_MS = 500

export class Host {
  #load
  /** @type {Map<string, { item: Item, repeats: number, ms: number }>} */
  #prepared = new Map()
  /** @type {System | undefined} */
  #system

  /** @param {(system: string) => Promise<{ open(options: object): Promise<System> }>} load */
  constructor(load) {
    this.#load = load
  }

  /**
   * What is sent back for a request: the reply, or the message of the error.
   * @param {Request} request
   * @returns {Promise<{ reply: unknown } | { error: string }>}
   */
  async answer(request) {
    try {
      return { reply: await this.handle(request) }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }

  /** @param {Request} request */
  async handle(request) {
    switch (request.op) {
      case 'open':
        return this.#open(request.system, request.options)
      case 'prepare':
        return this.#prepare(request.item)
      case 'round':
        return this.#round(request.item)
    }
  }

  /**
   * @param {string} name
   * @param {object} options
   */
  async #open(name, options) {
    const { open } = await this.#load(name)
    this.#system = await open(options)
    const { facts, items, refusals = {} } = this.#system
    return { facts, items: Object.keys(items), refusals }
  }

  /**
   * Sets an item up and warms it up; says what a run takes.
   * @param {string} name
   */
  async #prepare(name) {
    const make = this.#system?.items[name]
    if (make === undefined) throw new Error(`no item ${name}`)
    const item = await make()
    let ms = await timed(item)
    const until = performance.now() + WARM_UP_MS
    while (ms < LONG_MS && performance.now() < until) ms = Math.min(ms, await timed(item))
    const digest = await item.digest?.()
    const repeats = Math.max(1, Math.min(2000, Math.round(ROUND_MS / ms)))
    this.#prepared.set(name, { item, repeats, ms })
    return { ms: ms * (item.scale ?? 1), runMs: ms, ...(digest === undefined ? {} : { digest }), note: item.note ?? '' }
  }

  /** @param {string} name */
  async #round(name) {
    const prepared = this.#prepared.get(name)
    if (prepared === undefined) throw new Error(`${name} is not prepared`)
    const { item, repeats, ms } = prepared
    if (ms < UNTIMED_BELOW_MS) await item.run()
    let sum = 0
    for (let i = 0; i < repeats; i++) sum += await timed(item)
    return { ms: (sum / repeats) * (item.scale ?? 1) }
  }
}

/** @param {Item} item */
async function timed({ run }) {
  const start = performance.now()
  const result = run()
  const part = result instanceof Promise ? await result : result
  return typeof part === 'number' ? part : performance.now() - start
}
