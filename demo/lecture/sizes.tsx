/** Kernel, stride and padding to move, on a picture small enough to follow every product. */

import { Select } from '../page/fields.tsx'
import { MatrixTable } from './matrix.tsx'
import { Slider } from './slider.tsx'
import {
  editedImage,
  editedKernel,
  image,
  kernel,
  kernelSize,
  map,
  mapSize,
  padding,
  pickPicture,
  picture,
  place,
  stride,
  withCell,
} from './state.ts'

const PICTURE_NAMES = { lecture: 'The lecture’s, 5×5', seven: 'A seven, 12×12' } as const

/** The picture within its border of zeros. */
function padded() {
  const size = image.value.length + 2 * padding.value
  const border = padding.value
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => image.value[row - border]?.[column - border] ?? 0),
  )
}

export function Sizes() {
  const size = mapSize.value
  const at = Math.min(place.value, Math.max(0, size * size - 1))
  const [row, column] = size < 1 ? [0, 0] : [Math.floor(at / size), at % size]
  const window = { row: row * stride.value, column: column * stride.value, size: kernelSize.value }
  const fits = size >= 1
  return (
    <div class="sizes">
      <div class="sizes-controls">
        <Select label="Picture" value={picture.value} options={PICTURE_NAMES} pick={pickPicture} />
        <Slider label="Kernel" unit={`${kernelSize.value}×${kernelSize.value}`} of={kernelSize} min={1} max={7} />
        <Slider label="Stride" of={stride} min={1} max={3} />
        <Slider label="Padding" of={padding} min={0} max={3} />
      </div>
      <Formula />
      <div class="sizes-matrices">
        <MatrixTable
          label={padding.value === 0 ? 'Picture: type into it' : `Picture and ${padding.value} of padding`}
          onEdit={(i, j, value) => (editedImage.value = withCell(image.value, i, j, value))}
          matrix={padded()}
          padding={padding.value}
          {...(fits ? { marked: window } : {})}
        />
        <span class="sign" aria-hidden="true">
          ∗
        </span>
        <MatrixTable
          label="Kernel: type into it"
          matrix={kernel.value}
          onEdit={(i, j, value) => (editedKernel.value = withCell(kernel.value, i, j, value))}
        />
        <span class="sign" aria-hidden="true">
          =
        </span>
        {fits ? (
          <MatrixTable
            label={`Feature map, ${size}×${size}`}
            matrix={map.value}
            marked={{ row, column, size: 1 }}
            onPick={(i, j) => (place.value = i * size + j)}
          />
        ) : (
          <p class="no-map">The kernel is larger than the picture: there is no place for it.</p>
        )}
        {fits && (
          <Sum row={window.row} column={window.column} result={map.value[row]?.[column]} at={at} places={size * size} />
        )}
      </div>
    </div>
  )
}

function Formula() {
  const [n, p, k, s] = [image.value.length, padding.value, kernelSize.value, stride.value]
  return (
    <p class="formula">
      <span>
        ⌊(<i>n</i> + 2<i>p</i> − <i>k</i>) / <i>s</i>⌋ + 1
      </span>{' '}
      <span>
        = ⌊({n} + 2·{p} − {k}) / {s}⌋ + 1
      </span>{' '}
      <span>
        = <strong>{Math.max(0, mapSize.value)}</strong>
      </span>
    </p>
  )
}

interface SumProps {
  readonly row: number
  readonly column: number
  readonly result: number | undefined
  readonly at: number
  readonly places: number
}

/** The products under the kernel, where it lies now. */
function Sum({ row, column, result, at, places }: SumProps) {
  const under = padded()
  const products = kernel.value.flatMap((values, i) => values.map((value, j) => value * under[row + i]![column + j]!))
  return (
    <div class="sum">
      <label class="field slider">
        <span>
          Place <span class="figure">{at + 1}</span> of {places}
        </span>
        <input
          type="range"
          min={1}
          max={Math.max(1, places)}
          value={at + 1}
          onInput={(event) => (place.value = event.currentTarget.valueAsNumber - 1)}
        />
      </label>
      <p class="sum-text">
        {products.map((product) => Number(product.toFixed(2))).join(' + ')} ={' '}
        <strong>{result === undefined ? '…' : Number(result.toFixed(2))}</strong>
      </p>
    </div>
  )
}
