/** One filter of the first convolution at work: the picture, the kernel in numbers, and the map that comes of them. */

import { useMemo } from 'preact/hooks'
import { signed } from '../format.ts'
import { inkPalette, type Sheet, SheetCanvas } from '../paint.tsx'
import { activationPalette, largestOf } from './layers.tsx'
import { SIDE } from './normalize.ts'
import { chosenFilter, filters, pixels, stages } from './state.ts'

export function OneFilter() {
  const kernels = filters.value[0]
  const stage = stages.value[0]
  if (kernels === undefined || stage === undefined || stage.shape.length !== 3) {
    return <p class="quiet one-filter-none">An MLP has no filters: it takes the picture as a list of 784 numbers.</p>
  }
  const [height = 1, width = 1, , count = 1] = kernels.shape
  const filter = Math.min(chosenFilter.value, count - 1)
  const kernel = Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => kernels.values[(row * width + column) * count + filter]!),
  )
  return (
    <div class="one-filter">
      <div class="one-filter-text">
        <h3>One filter at work</h3>
        <p>
          The same {height}×{width} numbers are laid over every place of the picture. Where the picture looks like them,
          the map lights up: an edge for one filter, a corner or a diagonal for another.
        </p>
        <label class="field slider">
          <span>
            Filter <span class="figure">{filter + 1}</span> of {count}
          </span>
          <input
            type="range"
            min={1}
            max={count}
            value={filter + 1}
            onInput={(event) => (chosenFilter.value = event.currentTarget.valueAsNumber - 1)}
          />
        </label>
      </div>
      <div class="one-filter-row">
        <Seen />
        <span class="sign" aria-hidden="true">
          ∗
        </span>
        <KernelTable kernel={kernel} largest={largestOf(kernels.values)} />
        <span class="sign" aria-hidden="true">
          →
        </span>
        <OneMap values={stage.values} shape={stage.shape} filter={filter} />
      </div>
    </div>
  )
}

/** What the network is given. */
export function Seen() {
  const values = pixels.value
  const sheet = useMemo<Sheet>(
    () => ({ ...{ count: 1, columns: 1, height: SIDE, width: SIDE, gap: 0 }, at: (_, y, x) => values[y * SIDE + x]! }),
    [values],
  )
  return <SheetCanvas class="seen" sheet={sheet} palette={inkPalette} label="What the network is given, 28×28 pixels" />
}

interface KernelTableProps {
  readonly kernel: readonly (readonly number[])[]
  readonly largest: number
}

function KernelTable({ kernel, largest }: KernelTableProps) {
  return (
    <table class="kernel" aria-label="The kernel">
      <tbody>
        {kernel.map((row, i) => (
          <tr key={`${i}`}>
            {row.map((value, j) => (
              <td
                key={`${j}`}
                style={{ '--share': Math.min(1, Math.abs(value) / largest) }}
                class={value < 0 ? 'negative' : 'positive'}
              >
                {signed(Number(value.toFixed(2)))}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface OneMapProps {
  readonly values: Float32Array
  readonly shape: readonly number[]
  readonly filter: number
}

function OneMap({ values, shape, filter }: OneMapProps) {
  const [height = 1, width = 1, maps = 1] = shape
  const sheet = useMemo<Sheet>(
    () => ({
      ...{ count: 1, columns: 1, height, width, gap: 0 },
      at: (_, row, column) => values[(row * width + column) * maps + filter]!,
    }),
    [values, height, width, maps, filter],
  )
  const palette = useMemo(() => () => activationPalette(values), [values])
  return <SheetCanvas class="seen" sheet={sheet} palette={palette} label={`The map of filter ${filter + 1}`} />
}
