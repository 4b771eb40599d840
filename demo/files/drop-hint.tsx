/** What may be let go of here, while files are being held over the page. */

import { isOver } from './drop.ts'

export function DropHint() {
  return (
    <div class={isOver.value ? 'drop-hint drop-hint-on' : 'drop-hint'} aria-hidden="true">
      <p>Drop a model, or the four files of MNIST</p>
    </div>
  )
}
