/** Max pooling: the greatest number of each window is what is left of it. */

import { Select } from '../page/fields.tsx'
import { MatrixTable } from './matrix.tsx'
import { Slider } from './slider.tsx'
import {
  editedPoolPicture,
  pickPoolPicture,
  pooled,
  poolMatrix,
  poolPicture,
  poolPlace,
  poolSize,
  poolStride,
  withCell,
} from './state.ts'

const PICTURE_NAMES = { four: 'The lecture’s, 4×4', five: 'The lecture’s, 5×5', seven: 'A seven, 12×12' } as const

export function PoolingExample() {
  const matrix = poolMatrix.value
  const size = pooled.value.length
  const at = Math.min(poolPlace.value, Math.max(0, size * size - 1))
  const [row, column] = size < 1 ? [0, 0] : [Math.floor(at / size), at % size]
  const window = { row: row * poolStride.value, column: column * poolStride.value, size: poolSize.value }
  const under = matrix
    .slice(window.row, window.row + window.size)
    .flatMap((values) => values.slice(window.column, window.column + window.size))
  return (
    <div class="pooling">
      <h3>Pooling</h3>
      <p>
        A map says where its filter answers, to the pixel; that it answers thereabouts is enough. Max pooling keeps the
        greatest number of each window: the map shrinks, and a digit that moves a little changes less of it.
      </p>
      <div class="sizes-controls">
        <Select label="Map" value={poolPicture.value} options={PICTURE_NAMES} pick={pickPoolPicture} />
        <Slider label="Window" unit={`${poolSize.value}×${poolSize.value}`} of={poolSize} min={1} max={4} />
        <Slider label="Its stride" of={poolStride} min={1} max={4} />
      </div>
      <div class="sizes-matrices">
        <MatrixTable
          label="Map: type into it"
          matrix={matrix}
          marked={window}
          onEdit={(i, j, value) => (editedPoolPicture.value = withCell(matrix, i, j, value))}
        />
        <span class="sign" aria-hidden="true">
          →
        </span>
        <MatrixTable
          label={`Pooled, ${size}×${size}: choose a place`}
          matrix={pooled.value}
          marked={{ row, column, size: 1 }}
          onPick={(i, j) => (poolPlace.value = i * size + j)}
        />
        <p class="sum pooling-text">
          the greatest of {under.join(', ')}
          <br />= <strong>{pooled.value[row]?.[column] ?? '…'}</strong>
        </p>
      </div>
    </div>
  )
}
