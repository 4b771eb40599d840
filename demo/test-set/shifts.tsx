/** The networks' accuracy on digits that were moved, as curves and as a table. */

import { useComputed } from '@preact/signals'
import type uPlot from 'uplot'
import { Chart } from '../chart.tsx'
import { percent } from '../format.ts'
import { bench } from '../training/state.ts'
import { JobButton } from './job-button.tsx'
import { runComparison, shiftCurves } from './state.ts'

const SHIFTS = [0, 1, 2, 3, 4]
const x = { title: 'pixels moved', range: (): [number, number] => [0, 4] }
const y = { range: (): [number, number] => [0, 1], text: (value: number) => percent(value, 0) }

/** The network that is compared with: one without convolutions, or the other way round. */
function rivalName(): string {
  return bench.value?.network === 'mlp' ? 'lenet' : 'mlp'
}

export function Shifts() {
  const curves = shiftCurves.value
  const mine = bench.value?.network ?? 'lenet'
  const names = [mine, rivalName()]
  const data = useComputed<uPlot.AlignedData>(() => {
    const [first, second] = shiftCurves.value
    const none = SHIFTS.map(() => null)
    return [SHIFTS, [...(first?.accuracies ?? none)], [...(second?.accuracies ?? none)]]
  })
  return (
    <div>
      <h3>When digits move</h3>
      <p>
        A plain network knows a digit by its pixels; a convolution knows a stroke wherever it is. Trained for as many
        steps, how well do both read 400 test digits that were moved up, down, left and right?
      </p>
      <JobButton
        job="comparison"
        label={`Train an ${rivalName() === 'mlp' ? 'MLP' : 'LeNet'} too and compare`}
        start={() => void runComparison()}
      />
      <div class="shift-results">
        <Chart
          key={mine}
          label="Accuracy over the number of pixels that the digits were moved by; the table has the numbers"
          lines={[
            { label: names[0]!, colour: '--accent', points: true },
            { label: names[1]!, colour: '--quiet', points: true },
          ]}
          data={data.value}
          {...{ x, y }}
        />
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">moved</th>
              {names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {SHIFTS.map((shift) => (
              <tr key={shift}>
                <th scope="row">{shift} px</th>
                {names.map((name, i) => {
                  const accuracy = curves[i]?.accuracies[shift]
                  return <td key={name}>{accuracy === undefined ? '–' : percent(accuracy)}</td>
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}
