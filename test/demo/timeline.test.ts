import { describe, expect, it } from 'vitest'
import { type State, Timeline } from '../../demo/worker/timeline.ts'

const BYTES = 1000

function stateAt(step: number): State {
  return { step, artifacts: { weightData: new ArrayBuffer(BYTES) } as State['artifacts'] }
}

/** A run whose steps take `milliseconds` each, on to `goal`. */
function run(timeline: Timeline, goal: number, milliseconds: number): void {
  if (timeline.last === undefined) timeline.keep(stateAt(0))
  let since = 0
  for (let step = timeline.last!.step + 1; step <= goal; step++) {
    since += milliseconds
    if (!timeline.isDue(since, step, goal)) continue
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
    expect(gapsOf(timeline).every((gap) => gap === 2)).toBe(true)
    expect(timeline.before(11)?.step).toBe(10)
    expect(timeline.before(10)?.step).toBe(10)
  })

  it.for([600, 2000, 5000])('lies evenly over %i steps where memory is short', (steps) => {
    const most = 64
    const timeline = new Timeline(most * BYTES)
    run(timeline, steps, 40)
    expect(timeline.steps.length).toBeLessThanOrEqual(most)
    expect(timeline.steps.length).toBeGreaterThan(most / 2)
    expect(timeline.steps[0]).toBe(0)
    expect(Math.max(...gapsOf(timeline))).toBe(Math.max(3, Math.ceil(steps / (most - 1))))
  })

  it('lies about evenly where a run is made longer', () => {
    const most = 64
    const timeline = new Timeline(most * BYTES)
    for (const goal of [600, 1200, 1800, 5000]) {
      run(timeline, goal, 40)
      expect(timeline.steps.length).toBeLessThanOrEqual(most)
      // No step is much further from a state before it than if all lay the same way apart.
      expect(Math.max(...gapsOf(timeline))).toBeLessThanOrEqual(2.5 * Math.ceil(goal / (most - 1)))
    }
  })

  it('forgets what comes after a step', () => {
    const timeline = new Timeline(64 * BYTES)
    run(timeline, 300, 40)
    timeline.cut(100)
    expect(timeline.last!.step).toBeLessThanOrEqual(100)
    expect(timeline.last!.step).toBeGreaterThan(80)
  })
})
