/** Which network is looked into: the one above, or a model from a file, and what that makes of its picture. */

import { stages } from '../drawing/state.ts'
import { FileButton } from '../files/file-button.tsx'
import { decodePicture } from '../files/pictures.ts'
import { fileMessage, filesText, loadModel } from '../files/state.ts'
import { integer, percent } from '../format.ts'
import { strongest } from '../network/arithmetic.ts'
import { isMaps } from '../network/layout.ts'
import { useBase } from '../own/state.ts'
import { Select } from '../page/fields.tsx'
import { messageOf } from '../training/state.ts'
import { answerName, chosenRange, type GuestShown, guest, guestPicture, leaveGuest, RANGES, range } from './state.ts'

/** Answers that are listed. */
const LISTED = 5

export function GuestBar() {
  const shown = guest.value
  if (shown === undefined) {
    return (
      <div class="guest">
        <FileButton label="Look into another model" multiple take={(files) => void loadModel(files)} />
        <p class="quiet">
          From Keras, TensorFlow.js or ONNX, with pictures as its input; one that reads these digits takes the place of
          yours.
        </p>
      </div>
    )
  }
  return (
    <div class="guest guest-on">
      <p>
        <strong>{shown.name}</strong> from {filesText(shown.files)}: {shapeText(shown)}, {integer(shown.parameters)}{' '}
        weights. It is not trained here.
      </p>
      <Answers />
      <div class="guest-controls">
        <FileButton label="Show it a picture" accept="image/*" take={(files) => void show(files)} />
        {guestPicture.value !== undefined && (
          <button type="button" class="button" onClick={() => (guestPicture.value = undefined)}>
            The pad’s instead
          </button>
        )}
        {shown.channels === 3 && (
          <button type="button" class="button" onClick={() => void letSeeOwn(shown)}>
            Use it for your own classes
          </button>
        )}
        <button type="button" class="button" onClick={leaveGuest}>
          Back to your network
        </button>
        <Select
          label="Pixels as numbers"
          value={range.value}
          options={RANGES}
          pick={(name) => (chosenRange.value = name)}
        />
      </div>
    </div>
  )
}

function shapeText({ height, width, channels, answers }: GuestShown): string {
  const given = answers === 0 ? 'maps as its answer' : `${integer(answers)} ${answers === 1 ? 'answer' : 'answers'}`
  return `pictures of ${height}×${width}${channels === 3 ? ' in colour' : ''}, ${given}`
}

/** The picture that the guest is to be shown. */
export async function show(files: readonly File[]): Promise<void> {
  try {
    const [file] = files
    guestPicture.value = { name: file!.name, bitmap: await decodePicture(file!) }
  } catch (error) {
    fileMessage.value = messageOf(error)
  }
}

async function letSeeOwn({ files }: GuestShown): Promise<void> {
  document.querySelector('#own')?.scrollIntoView()
  await useBase(files)
}

/** The largest numbers of the last layer. */
function Answers() {
  const last = stages.value.at(-1)
  const what = guestPicture.value === undefined ? 'what is drawn on the pad' : guestPicture.value.name
  if (last === undefined || isMaps(last.shape)) return <p class="quiet">It is shown {what}.</p>
  const values = Array.from(last.values)
  const isShare = values.every((value) => value >= 0 && value <= 1)
  const best = strongest(values, LISTED).map((i) => {
    return `${answerName(i)}: ${isShare ? percent(values[i]!, 1) : values[i]!.toFixed(2)}`
  })
  return (
    <p class="figure" role="status">
      Of {what} it makes: {best.join(' · ')}
    </p>
  )
}
