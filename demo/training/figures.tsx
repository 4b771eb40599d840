/** The figures of training: how fast, on what, with how much memory. */

import { useComputed } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { decimals, integer } from '../format.ts'
import type { StepFigures } from '../worker/figures.ts'
import { bench, history, historyTicks, memoryBytes, milestone, settings } from './state.ts'

/** Steps that the speed is a median of. */
const RECENT = 25

function medianMilliseconds(steps: readonly StepFigures[]): number | undefined {
  const sorted = steps.slice(-RECENT).map(({ milliseconds }) => milliseconds)
  sorted.sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

export function Figures() {
  const median = useComputed(() => {
    historyTicks.value
    return medianMilliseconds(history.steps)
  })
  const made = bench.value
  const ms = median.value
  const perSecond = ms === undefined ? undefined : (settings.value.batchSize * 1000) / ms
  const flops = perSecond === undefined || made === undefined ? undefined : (perSecond * made.flopsPerImage) / 1e9
  return (
    <dl class="figures">
      <Figure name="a step" unit="ms" value={ms === undefined ? undefined : decimals(ms, ms < 10 ? 1 : 0)} />
      <Figure name="learned from" unit="images/s" value={perSecond === undefined ? undefined : integer(perSecond)} />
      <Figure name="computed" unit="GFLOP/s" value={flops === undefined ? undefined : decimals(flops, 1)} />
      <Figure name="to 90 % accuracy" unit="s" value={milestone.value?.toFixed(1)} />
      <Figure name="of memory" unit="MB" value={made && integer(memoryBytes.value / 1e6)} />
      <Figure
        name={made === undefined ? 'build' : `${made.runtime.simd} SIMD build`}
        value={made && threadsText()}
        note={reasonText()}
      />
    </dl>
  )
}

function threadsText(): string {
  const threads = bench.value?.runtime.threads ?? 1
  return threads === 1 ? '1 thread' : `${threads} threads`
}

/** Why it is not faster, where quadlane says so. */
function reasonText(): string {
  return bench.value?.runtime.reason ?? ''
}

interface FigureProps {
  readonly name: ComponentChildren
  readonly value: string | undefined
  readonly unit?: string
  readonly note?: string
}

function Figure({ name, value, unit = '', note = '' }: FigureProps) {
  return (
    <div class="figure-cell">
      <dt>{name}</dt>
      <dd>
        <span class="figure">{value ?? '–'}</span> {value !== undefined && <span class="unit">{unit}</span>}
      </dd>
      {note !== '' && <dd class="figure-note">{note}</dd>}
    </div>
  )
}
