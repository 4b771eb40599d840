import { describe, expect, it } from 'vitest'
import { type State, Timeline } from '../../demo/worker/timeline.ts'

const BYTES = 1000

function stateAt(step: number): State {
  return { step, artifacts: { weightData: new ArrayBuffer(BYTES) } as State['artifacts'] }
}

/** A run whose steps take `milliseconds` each. */
function run(timeline: Timeline, steps: number, milliseconds: number): void {
  timeline.keep(stateAt(0))
  let since = 0
  for (let step = 1; step <= steps; step++) {
    since += milliseconds
    if (!timeline.isDue(since)) continue
    timeline.keep(stateAt(step))
    since = 0
  }
}

function gapsOf(timeline: Timeline): number[] {
  return timeline.steps.slice(1).map((step, i) => step - timeline.steps[i]!)
}

describe('Timeline', () => {
  it('keeps a state for every so many milliseconds where there is memory', () => {
    const timeline = new Timeline(1000 * BYTES)
    run(timeline, 100, 50)
    expect(gapsOf(timeline).every((gap) => gap === 3)).toBe(true)
    expect(timeline.before(10)?.step).toBe(9)
    expect(timeline.before(9)?.step).toBe(9)
  })

  it.for([600, 2000, 5000])('lies evenly over %i steps where memory is short', (steps) => {
    const most = 64
    const timeline = new Timeline(most * BYTES)
    run(timeline, steps, 40)
    expect(timeline.steps.length).toBeLessThanOrEqual(most)
    expect(timeline.steps.length).toBeGreaterThan(most / 2)
    expect(timeline.steps[0]).toBe(0)
    // No step is much further from a state before it than if all lay the same way apart.
    expect(Math.max(...gapsOf(timeline))).toBeLessThanOrEqual(2.5 * Math.max(4, steps / most))
  })

  it('forgets what comes after a step', () => {
    const timeline = new Timeline(64 * BYTES)
    run(timeline, 300, 40)
    timeline.cut(100)
    expect(timeline.last!.step).toBeLessThanOrEqual(100)
    expect(timeline.last!.step).toBeGreaterThan(80)
  })
})
