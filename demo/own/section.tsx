/** A network for the user's own classes, out of a handful of pictures each. */

import { useEffect, useRef } from 'preact/hooks'
import { FileButton } from '../files/file-button.tsx'
import { decodePicture } from '../files/pictures.ts'
import { integer, percent } from '../format.ts'
import { Section } from '../page/section.tsx'
import { phase } from '../training/state.ts'
import { CameraButtons, CameraPicture, CameraProblem, HoldButton, isCameraOn } from './camera.tsx'
import {
  addClass,
  addFiles,
  base,
  cancelOwn,
  change,
  classes,
  doing,
  downloadOwn,
  isReady,
  judge,
  MOST_CLASSES,
  MOST_PICTURES,
  message,
  type OwnClass,
  removeClass,
  result,
  share,
  shares,
  trainedNames,
  trainOwn,
  useBase,
} from './state.ts'

/** Thumbnails that are shown of a class. */
const SHOWN = 10

export function OwnSection() {
  const busy = share.value !== undefined
  const isWaiting = phase.value === 'opening' || phase.value === 'training'
  return (
    <Section id="own" title="Your own classes">
      <p class="lead">
        Two things that you want told apart, and a handful of pictures of each: by the camera, from files, or as folders
        dropped on this page. They do not leave it.
      </p>
      <div class="own">
        <div class="own-classes">
          {classes.value.map((one, i) => (
            <ClassCard key={`${i}`} one={one} index={i} />
          ))}
          <div class="controls">
            <button
              type="button"
              class="button"
              disabled={classes.value.length >= MOST_CLASSES || busy}
              onClick={addClass}
            >
              Another class
            </button>
            <CameraButtons />
          </div>
          <CameraProblem />
        </div>
        <div class="own-side">
          <CameraPicture />
          <BaseChoice />
          <div class="job">
            <button
              type="button"
              class="button button-main"
              disabled={!isReady.value || busy || isWaiting}
              onClick={() => void trainOwn()}
            >
              Learn them
            </button>
            {busy && (
              <button type="button" class="button" onClick={cancelOwn}>
                Cancel
              </button>
            )}
            <progress class={busy ? '' : 'hidden'} max={1} value={share.value ?? 0} aria-label="Learning the classes" />
          </div>
          <p class="quiet figure" role="status">
            {busy ? doing.value : stateText(isWaiting)}
          </p>
          {result.value !== undefined && <Judged />}
        </div>
      </div>
    </Section>
  )
}

function stateText(isWaiting: boolean): string {
  const made = result.value
  if (message.value !== '') return message.value
  if (made !== undefined) {
    const what =
      made.heldBack > 0 ? `${made.heldBack} pictures that it had not seen` : 'the pictures that it learned from'
    return `${integer(made.parameters)} weights in ${made.seconds.toFixed(1)} s; it reads ${percent(made.accuracy, 0)} of ${what} rightly.`
  }
  if (!isReady.value) return 'Two classes with a picture each are the least.'
  return isWaiting ? 'Pause the training above first.' : 'Ready.'
}

function ClassCard({ one, index }: { readonly one: OwnClass; readonly index: number }) {
  const busy = share.value !== undefined
  return (
    <div class="own-class">
      <div class="own-class-head">
        <input
          type="text"
          class="own-name"
          value={one.name}
          maxLength={24}
          aria-label={`Name of class ${index + 1}`}
          onInput={(event) => change(index, { name: event.currentTarget.value || `Class ${index + 1}` })}
        />
        <span class="quiet figure">{countText(one.pictures.length)}</span>
        {classes.value.length > 2 && (
          <button type="button" class="link-button" disabled={busy} onClick={() => removeClass(index)}>
            Remove
          </button>
        )}
      </div>
      <div class="own-class-buttons">
        <FileButton
          label={`Add pictures of ${one.name}`}
          multiple
          accept="image/*"
          disabled={busy}
          take={(files) => void addFiles(index, files)}
        />
        {isCameraOn.value && <HoldButton index={index} name={one.name} pictures={one.pictures.length} />}
        {one.pictures.length > 0 && (
          <button type="button" class="link-button" disabled={busy} onClick={() => change(index, { pictures: [] })}>
            Clear
          </button>
        )}
      </div>
      {one.pictures.length > 0 && (
        <div class="own-pictures" role="img" aria-label={`${one.pictures.length} pictures of ${one.name}`}>
          {one.pictures.slice(-SHOWN).map((picture, i) => (
            <Thumbnail key={`${one.pictures.length}-${i}`} picture={picture} />
          ))}
        </div>
      )}
    </div>
  )
}

function countText(count: number): string {
  const text = `${count} ${count === 1 ? 'picture' : 'pictures'}`
  return count < MOST_PICTURES ? text : `${text}, no more are kept`
}

function Thumbnail({ picture }: { readonly picture: ImageBitmap }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    canvas.current!.getContext('2d')!.drawImage(picture, 0, 0, 56, 56)
  }, [picture])
  return <canvas ref={canvas} width={56} height={56} />
}

function BaseChoice() {
  const chosen = base.value
  const busy = share.value !== undefined
  return (
    <div class="own-base">
      <p class="quiet">
        {chosen === undefined
          ? 'A small network learns from nothing, from pictures that are moved, mirrored and lit anew each time. Better with few pictures: a network that has learned to see, such as MobileNet, and a new head on it.'
          : `${chosen.name} sees the pictures, ${chosen.side}×${chosen.side}; a new head learns from its ${integer(chosen.features)} features.`}
      </p>
      {chosen === undefined ? (
        <FileButton
          label="Take a MobileNet from files"
          multiple
          disabled={busy}
          take={(files) => void useBase(files)}
        />
      ) : (
        <button type="button" class="button" disabled={busy} onClick={() => void useBase([])}>
          Learn from nothing instead
        </button>
      )}
    </div>
  )
}

/** What it makes of the camera, or of a picture. */
function Judged() {
  const now = shares.value
  const best = now === undefined ? -1 : now.indexOf(Math.max(...now))
  const show = async (files: readonly File[]) => {
    try {
      await judge(await decodePicture(files[0]!))
    } catch (error) {
      message.value = error instanceof Error ? error.message : String(error)
    }
  }
  return (
    <div class="own-judged">
      <ol class="bars own-bars" aria-label="Probabilities of your classes">
        {trainedNames.value.map((name, i) => (
          <li key={`${i}`} class={i === best ? 'bar bar-best' : 'bar'}>
            <span class="own-bar-name">{name}</span>
            <span class="bar-track" aria-hidden="true">
              <span class="bar-fill" style={{ transform: `scaleX(${now?.[i] ?? 0})` }} />
            </span>
            <span class="own-bar-value">{now === undefined ? '–' : percent(now[i] ?? 0, 0)}</span>
          </li>
        ))}
      </ol>
      <div class="controls">
        <FileButton label="Show it a picture" accept="image/*" take={(files) => void show(files)} />
        <button type="button" class="button" onClick={() => void downloadOwn()}>
          Download it
        </button>
      </div>
    </div>
  )
}
