/** An address to hand on: with all of the page, or with the parts of a lesson alone. */

import { useSignal } from '@preact/signals'
import { PARTS, type PartName } from './address.ts'
import { addressOf, view } from './state.ts'

const NAMES = Object.keys(PARTS) as PartName[]

export function Share() {
  const parts = useSignal<readonly PartName[]>(view.value.parts ?? NAMES)
  const plain = useSignal(view.value.plain)
  const said = useSignal('')
  const all = parts.value.length === NAMES.length || parts.value.length === 0
  const shown = { plain: plain.value, ...(all ? {} : { parts: parts.value }) }
  const url = `${location.origin}${location.pathname}${addressOf(shown)}`
  const toggle = (part: PartName) => {
    parts.value = NAMES.filter((name) => (name === part) !== parts.value.includes(name))
    said.value = ''
  }
  const copy = () => {
    navigator.clipboard.writeText(url).then(
      () => (said.value = 'Copied.'),
      () => (said.value = 'The browser did not let it be copied: mark it and copy by hand.'),
    )
  }
  return (
    <div class="share">
      <h3>An address to hand on</h3>
      <p>
        It says which network is trained, how, and from which seed: whoever opens it and presses the button gets the
        same curves, to the last bit. For a lesson, leave out what is not its subject.
      </p>
      <fieldset class="share-parts">
        <legend class="visually-hidden">What is shown</legend>
        {NAMES.map((part) => (
          <label key={part}>
            <input type="checkbox" checked={parts.value.includes(part)} onChange={() => toggle(part)} /> {PARTS[part]}
          </label>
        ))}
        <label>
          <input type="checkbox" checked={!plain.value} onChange={() => (plain.value = !plain.value)} /> Settings and
          Reset
        </label>
      </fieldset>
      <div class="share-row">
        <input type="url" readonly value={url} aria-label="Address" onFocus={(event) => event.currentTarget.select()} />
        <button type="button" class="button" onClick={copy}>
          Copy
        </button>
        <a class="button button-link" href={url} target="_blank" rel="noreferrer">
          Open
        </a>
      </div>
      <p class="quiet" role="status">
        {said.value}
      </p>
    </div>
  )
}
