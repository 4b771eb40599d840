/** What the network is given. */

import { useMemo } from 'preact/hooks'
import { DIGIT_SIDE as SIDE } from 'quadlane/data'
import { inkPalette, type Sheet, SheetCanvas } from '../paint.tsx'
import { pixels } from './state.ts'

export function Seen() {
  const values = pixels.value
  const sheet = useMemo<Sheet>(
    () => ({ ...{ count: 1, columns: 1, height: SIDE, width: SIDE, gap: 0 }, at: (_, y, x) => values[y * SIDE + x]! }),
    [values],
  )
  return <SheetCanvas class="seen" sheet={sheet} palette={inkPalette} label="What the network is given, 28×28 pixels" />
}
