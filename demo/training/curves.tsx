/** Loss and accuracy over the steps, on the images that it learns from and on others. */

import { useComputed } from '@preact/signals'
import type uPlot from 'uplot'
import { Chart } from '../chart.tsx'
import { decimals, percent } from '../format.ts'
import { history, historyTicks, newestStep, validation, woundTo } from './state.ts'

/** So that they fit into the first screen of a small laptop. */
const HEIGHT = 172

const LINES = [
  { label: 'training, smoothed', colour: '--quiet', width: 1.5 },
  { label: 'validation', colour: '--accent', width: 2, points: true },
]
/** The weight of the past in a smoothed curve: about the last ten batches. */
const MEMORY = 0.9
const LEAST_STEPS = 60

const x = { title: 'steps', range: (max: number): [number, number] => [0, Math.max(LEAST_STEPS, max)], whole: true }
const lossAxis = {
  range: (max: number): [number, number] => [0, Math.max(2.5, max)],
  text: (value: number) => decimals(value, 1),
}
const accuracyAxis = { range: (): [number, number] => [0, 1], text: (value: number) => percent(value, 0) }

function curves(of: 'loss' | 'accuracy'): uPlot.AlignedData {
  const { steps, validations } = history
  const xs = [0, ...steps.map(({ step }) => step)]
  const smoothed: (number | null)[] = [null]
  let mean = 0
  let weight = 0
  for (const figures of steps) {
    mean = MEMORY * mean + (1 - MEMORY) * figures[of]
    weight = MEMORY * weight + (1 - MEMORY)
    smoothed.push(mean / weight)
  }
  const byStep = new Map(validations.map((made) => [made.step, made[of]]))
  return [xs, smoothed, xs.map((step) => byStep.get(step) ?? null)]
}

export function Curves() {
  const loss = useComputed(() => [historyTicks.value, curves('loss')] as const)
  const accuracy = useComputed(() => [historyTicks.value, curves('accuracy')] as const)
  const step = newestStep.value
  const made = validation.value
  return (
    <div class="curves">
      <div>
        <h2>Loss</h2>
        <Chart
          label={`Loss over ${step} steps; on validation images now ${decimals(made?.loss ?? 0, 2)}`}
          lines={LINES}
          data={loss.value[1]}
          x={x}
          y={lossAxis}
          height={HEIGHT}
          mark={woundTo.value}
        />
      </div>
      <div>
        <h2>Accuracy</h2>
        <Chart
          label={`Accuracy over ${step} steps; on validation images now ${percent(made?.accuracy ?? 0)}`}
          lines={LINES}
          data={accuracy.value[1]}
          x={x}
          y={accuracyAxis}
          height={HEIGHT}
          mark={woundTo.value}
        />
      </div>
    </div>
  )
}
