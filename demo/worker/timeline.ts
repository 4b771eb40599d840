/**
 * What a run may be wound back to: the network with its optimizer at some of the steps. How many are kept is bound by
 * memory; where it is used up, each new one takes the place of the one that is missed least, and they are taken the less
 * often the longer the run is. So they always lie about evenly, and no step is far from one.
 */

import { io, type LayersModel } from 'quadlane'

export interface State {
  /** Steps taken. */
  readonly step: number
  readonly artifacts: io.ModelArtifacts
}

/** Milliseconds of training that lie between two states at least: so long does it take to compute a step between. */
const APART = 150

const MEGABYTE = 2 ** 20

/** Bytes for all states: less where the browser says that there is little memory. */
export function stateBudget(gigabytes = (navigator as { deviceMemory?: number }).deviceMemory ?? 8): number {
  return (gigabytes >= 8 ? 1024 : gigabytes >= 4 ? 384 : 128) * MEGABYTE
}

export async function captured(model: LayersModel): Promise<io.ModelArtifacts> {
  const taken: io.ModelArtifacts[] = []
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      taken.push(artifacts)
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
    }),
    { includeOptimizer: true },
  )
  return taken[0]!
}

export class Timeline {
  readonly #budget: number
  #states: State[] = []
  #apart = APART

  constructor(budget = stateBudget()) {
    this.#budget = budget
  }

  get steps(): number[] {
    return this.#states.map(({ step }) => step)
  }

  get last(): State | undefined {
    return this.#states.at(-1)
  }

  /** Whether a state is due: so many milliseconds of training after the last one. */
  isDue(milliseconds: number): boolean {
    return this.#states.length === 0 || milliseconds >= this.#apart
  }

  /** Keeps a state that is later than all others. */
  keep(state: State): void {
    if (this.last?.step === state.step) return
    this.#states.push(state)
    while (this.#bytes() > this.#budget && this.#states.length > 2) this.#thin()
  }

  /** The latest state at a step or before it. */
  before(step: number): State | undefined {
    return this.#states.findLast((state) => state.step <= step)
  }

  /** Forgets what comes after a step: the run takes another way from there. */
  cut(step: number): void {
    this.#states = this.#states.filter((state) => state.step <= step)
  }

  #bytes(): number {
    return this.#states.reduce((sum, { artifacts }) => sum + byteLength(artifacts), 0)
  }

  /** Takes out the state that leaves the smallest gap; the first and the last stay. */
  #thin(): void {
    const states = this.#states
    let [at, least] = [1, Number.POSITIVE_INFINITY]
    for (let i = 1; i < states.length - 1; i++) {
      const gap = states[i + 1]!.step - states[i - 1]!.step
      if (gap < least) [at, least] = [i, gap]
    }
    states.splice(at, 1)
    // The time that lies between two of n states is that of the run divided by n.
    this.#apart *= 1 + 1 / states.length
  }
}

function byteLength({ weightData }: io.ModelArtifacts): number {
  return [weightData].flat().reduce((sum, buffer) => sum + buffer.byteLength, 0)
}
