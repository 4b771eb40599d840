/** The lecture's colour example: three kernels, three sums and a bias make one number. */

import { BIAS, CHANNELS } from '../../examples/helpers/lecture.ts'
import { signed } from '../format.ts'
import { MatrixTable } from './matrix.tsx'
import { colour, colourPlace } from './state.ts'

/** The pixels beyond the fourth row and column are not on the slide. */
const KNOWN = 4

export function ColourExample() {
  const step = colour.value
  const [row, column] = colourPlace.value
  const map = step?.map.slice(0, KNOWN).map((values) => values.slice(0, KNOWN)) ?? []
  return (
    <div class="colour">
      <h3>In colour</h3>
      <p>
        A colour picture has three numbers per pixel, and a filter three kernels. Their sums and one bias make a single
        number of the map. These are the lecture’s: the corner of a photograph, within a border of zeros.
      </p>
      <div class="colour-grid">
        <div class="colour-channels">
          {CHANNELS.map(({ name, kernel }, i) => (
            <div key={name} class={`channel channel-${name}`}>
              <h4>{name}</h4>
              <div class="channel-row">
                <MatrixTable label="Patch" matrix={step?.channels[i]?.patch ?? blank(kernel)} />
                <span class="sign" aria-hidden="true">
                  ×
                </span>
                <MatrixTable label="Kernel" matrix={kernel} />
                <span class="sign" aria-hidden="true">
                  =
                </span>
                <MatrixTable label="Products" matrix={step?.channels[i]?.products ?? blank(kernel)} />
                <p class="channel-sum">
                  sum <strong>{signed(step?.channels[i]?.sum ?? 0)}</strong>
                </p>
              </div>
            </div>
          ))}
        </div>
        <div class="colour-map">
          <MatrixTable
            label="Feature map: choose a place"
            matrix={map}
            marked={{ row, column, size: 1 }}
            onPick={(i, j) => (colourPlace.value = [i, j])}
          />
          <p class="formula colour-total">{step && totalText(step.channels.map(({ sum }) => sum))}</p>
          <p class="formula colour-total">
            = <strong>{signed(step?.total ?? 0)}</strong>
          </p>
        </div>
      </div>
    </div>
  )
}

function blank(kernel: (typeof CHANNELS)[number]['kernel']) {
  return kernel.map((values) => values.map(() => 0))
}

function totalText(sums: readonly number[]): string {
  const terms = sums.map((sum, i) => (i === 0 ? signed(sum) : `${sum < 0 ? '−' : '+'} ${Math.abs(sum)}`))
  return `${terms.join(' ')} + ${BIAS} (bias)`
}
