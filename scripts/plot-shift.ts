/** The chart of the shift experiment. */

import type { ShiftCurve } from '../examples/helpers/shift.ts'
import { COLOURS, evenTicks, lineChart } from './plot-svg.ts'

/** Accuracy over shift, a line for each model, as an SVG document. */
export function shiftChart(curves: readonly ShiftCurve[]): string {
  return lineChart({
    title: 'Accuracy on digits that were moved, over the distance',
    xLabel: 'shift in pixels',
    yLabel: 'accuracy',
    yDomain: [0, 1],
    yTicks: evenTicks(0, 1, 5),
    yFormat: (share) => `${Math.round(share * 100)} %`,
    series: curves.map(({ model, accuracies }, i) => ({
      name: model,
      colour: COLOURS[i % COLOURS.length]!,
      points: accuracies.map((accuracy, shift) => [shift, accuracy] as const),
    })),
  })
}
