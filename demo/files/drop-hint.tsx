/** What may be let go of here, while files are being held over the page; and what became of them, where they fell. */

import { isOver, said } from './drop.ts'

/** Room for the note, in CSS pixels. */
const WIDTH = 340

export function DropHint() {
  const note = said.value
  return (
    <>
      <div class={isOver.value ? 'drop-hint drop-hint-on' : 'drop-hint'} aria-hidden="true">
        <p>Drop a picture of a digit, a model, the four files of MNIST, or folders of pictures</p>
      </div>
      {note !== undefined && (
        <div
          class={note.isProblem ? 'drop-note drop-note-problem' : 'drop-note'}
          role={note.isProblem ? 'alert' : 'status'}
          style={{
            left: `${Math.max(16, Math.min(note.x, innerWidth - WIDTH))}px`,
            top: `${Math.max(16, Math.min(note.y, innerHeight - 120))}px`,
          }}
        >
          <p>{note.text}</p>
          <button type="button" class="link-button" onClick={() => (said.value = undefined)}>
            Close
          </button>
        </div>
      )}
    </>
  )
}
