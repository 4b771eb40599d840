/** The way of the drawn digit through the network: the maps that each layer makes of it, and the filters. */

import { useMemo } from 'preact/hooks'
import { isNarrow } from '../media.ts'
import { look } from '../network/state.ts'
import { type Sheet, SheetCanvas, signedPalette } from '../paint.tsx'
import type { Filters, Stage } from '../worker/inspector.ts'
import { activationPalette, largestOf } from './palettes.ts'
import { chosen, filters, stages } from './state.ts'

const COLUMNS = { wide: 16, narrow: 8 } as const

const TITLES: Readonly<Record<string, string>> = {
  Conv2D: 'Convolution',
  MaxPooling2D: 'Max pooling',
  AveragePooling2D: 'Average pooling',
  Dense: 'Dense layer',
}

/** More layers than these are shown by the picture alone. */
export const MOST_LISTED = 20

/** The maps of a layer as a sheet; a dense layer's units are pictures of one pixel. */
function mapSheet({ shape, values }: Stage, columns: number): Sheet {
  const [height, width, maps] = shape.length === 3 ? (shape as [number, number, number]) : [1, 1, shape[0]!]
  return {
    ...{ count: maps, columns: Math.min(columns, maps), height, width, gap: height === 1 ? 0 : 2 },
    at: (map, row, column) => values[(row * width + column) * maps + map]!,
  }
}

function shapeText({ shape }: Stage): string {
  const [height, width, maps] = shape
  return shape.length === 3 ? `${maps} maps of ${height}×${width}` : `${shape[0]} units`
}

export function Layers() {
  const inner = stages.value.slice(0, -1)
  return (
    <ol class="layers">
      {inner.map((stage, i) => {
        const kernels = filters.value.find(({ name }) => name === stage.name)
        return <Layer key={stage.name} stage={stage} kernels={kernels} index={i} />
      })}
    </ol>
  )
}

interface LayerProps {
  readonly stage: Stage
  readonly kernels: Filters | undefined
  readonly index: number
}

/** More kernels one below the other than these are not legible. */
const MOST_INPUTS = 64

function Layer({ stage, kernels, index }: LayerProps) {
  const dense = stage.shape.length === 1 || stage.shape[0] === 1
  const columns = dense ? 2 * COLUMNS.wide : isNarrow.value ? COLUMNS.narrow : COLUMNS.wide
  const sheet = useMemo(() => mapSheet(stage, columns), [stage, columns])
  const palette = useMemo(() => () => activationPalette(stage.values), [stage])
  return (
    <li class="layer">
      <div class="layer-text">
        <h4>{TITLES[stage.type] ?? stage.type}</h4>
        <p class="quiet">{shapeText(stage)}</p>
        {kernels !== undefined && kernels.shape[2]! <= MOST_INPUTS && <Kernels kernels={kernels} />}
      </div>
      <SheetCanvas
        class={dense ? 'sheet-units sheet-pick' : 'sheet-pick'}
        sheet={sheet}
        palette={palette}
        label={`${TITLES[stage.type] ?? stage.type}: ${shapeText(stage)} for the drawn digit`}
        picked={chosen.value.stage === index ? chosen.value.map : undefined}
        hint={(map) => `${dense ? 'Unit' : 'Map'} ${map + 1}: click to see how it is made`}
        onPick={(map) => look(index, map)}
      />
    </li>
  )
}

/** All kernels of a convolution: those of one filter stand in a column, one for each map that it reads. */
function Kernels({ kernels }: { readonly kernels: Filters }) {
  const sheet = useMemo(() => kernelSheet(kernels), [kernels])
  const palette = useMemo(() => () => signedPalette(largestOf(kernels.values)), [kernels])
  const [height, width, inputs, count] = kernels.shape
  const what =
    inputs === 1 ? `${count} filters of ${height}×${width}` : `${count} filters of ${inputs} × ${height}×${width}`
  return (
    <div class="kernels">
      <SheetCanvas sheet={sheet} palette={palette} label={what} />
      <p class="quiet">{what}</p>
    </div>
  )
}

function kernelSheet({ shape, values }: Filters): Sheet {
  const [height = 1, width = 1, inputs = 1, count = 1] = shape
  // With one input there is a kernel per filter, and they fill a rectangle; else filters run across and inputs down.
  const columns = inputs === 1 ? Math.min(8, count) : count
  return {
    ...{ count: inputs * count, columns, height, width, gap: 1 },
    at: (picture, row, column) => {
      const [input, filter] = inputs === 1 ? [0, picture] : [Math.floor(picture / count), picture % count]
      return values[((row * width + column) * inputs + input) * count + filter]!
    },
  }
}
