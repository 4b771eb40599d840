/** The camera that pictures of the user's own classes are taken with, and that shows the network what it is to judge. */

import { computed, signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { addFrame, judge, MOST_PICTURES, result } from './state.ts'

/** Milliseconds between two pictures, while a button is held; and between two that are judged. */
const PACE = 150
const OTHERWISE = 'Pictures from files do as well.'

/** Why there is no picture, by the name of the browser's error. */
const PROBLEMS: Readonly<Record<string, string>> = {
  NotAllowedError: 'The browser does not let this page use the camera: allow it beside the address, and try again.',
  NotFoundError: 'There is no camera here.',
  NotReadableError: 'The camera does not answer: another program may be using it.',
}

const stream = signal<MediaStream | undefined>(undefined)
const isAsked = signal(false)
/** The cameras that there are, once one may be used. */
const cameras = signal<readonly string[]>([])
const problem = signal('')

export const isCameraOn = computed(() => stream.value !== undefined)

/** What pictures are taken from. */
const video: { current: HTMLVideoElement | null } = { current: null }
/** Counts the times that the camera was wanted or not: an answer to an earlier one comes too late. */
let wish = 0

/** @param deviceId one camera of several */
async function startCamera(deviceId?: string): Promise<void> {
  stopCamera()
  const mine = wish
  isAsked.value = true
  problem.value = ''
  try {
    // Browsers have it for pages from https and localhost alone.
    if (navigator.mediaDevices === undefined) throw new DOMException('', 'NotAllowedError')
    const camera = deviceId === undefined ? {} : { deviceId: { exact: deviceId } }
    const media = await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 480 }, height: { ideal: 480 }, ...camera },
    })
    if (mine !== wish) {
      for (const track of media.getTracks()) track.stop()
      return
    }
    media.getVideoTracks()[0]!.addEventListener('ended', () => {
      if (stream.value !== media) return
      stopCamera()
      problem.value = `The camera has stopped. ${OTHERWISE}`
    })
    stream.value = media
    const devices = await navigator.mediaDevices.enumerateDevices()
    cameras.value = devices.filter(({ kind }) => kind === 'videoinput').map((each) => each.deviceId)
  } catch (error) {
    if (mine !== wish) return
    const text = PROBLEMS[(error as DOMException).name] ?? 'The camera gives no pictures.'
    problem.value = `${text} ${OTHERWISE}`
  } finally {
    if (mine === wish) isAsked.value = false
  }
}

/** The next camera, after the last the first. */
function changeCamera(): void {
  const now = settingsOf(stream.value)?.deviceId ?? ''
  void startCamera(cameras.value[(cameras.value.indexOf(now) + 1) % cameras.value.length])
}

function stopCamera(): void {
  wish++
  for (const track of stream.value?.getTracks() ?? []) track.stop()
  stream.value = undefined
  isAsked.value = false
}

function settingsOf(media: MediaStream | undefined): MediaTrackSettings | undefined {
  return media?.getVideoTracks()[0]?.getSettings()
}

export function CameraButtons() {
  useEffect(() => stopCamera, [])
  return (
    <>
      <button
        type="button"
        class="button"
        disabled={isAsked.value}
        onClick={() => (isCameraOn.value ? stopCamera() : void startCamera())}
      >
        {isCameraOn.value ? 'Stop the camera' : 'Use the camera'}
      </button>
      {isCameraOn.value && cameras.value.length > 1 && (
        <button type="button" class="button" onClick={changeCamera}>
          Another camera
        </button>
      )}
    </>
  )
}

export function CameraProblem() {
  return (
    <p class={problem.value === '' ? 'visually-hidden' : 'quiet'} role="status">
      {isAsked.value ? 'The browser asks whether this page may use the camera.' : problem.value}
    </p>
  )
}

/** What the camera sees: as a mirror, unless it looks away from the user. */
export function CameraPicture() {
  const element = useRef<HTMLVideoElement>(null)
  const media = stream.value
  useEffect(() => {
    video.current = element.current
    if (element.current === null || media === undefined) return
    element.current.srcObject = media
    void element.current.play().catch(() => {})
    const timer = setInterval(() => {
      if (element.current !== null && result.value !== undefined) void judge(element.current)
    }, PACE)
    return () => clearInterval(timer)
  }, [media])
  if (media === undefined) return null
  const isMirror = settingsOf(media)?.facingMode !== 'environment'
  const name = isMirror ? 'own-video own-video-mirror' : 'own-video'
  return <video ref={element} class={name} muted playsInline aria-label="The camera" />
}

interface HoldButtonProps {
  /** The class that the pictures are of. */
  readonly index: number
  readonly name: string
  readonly pictures: number
}

/** Takes pictures for as long as it is held. */
export function HoldButton({ index, name, pictures }: HoldButtonProps) {
  const timer = useRef(0)
  const take = () => {
    if (video.current !== null) void addFrame(index, video.current)
  }
  const begin = () => {
    stop()
    take()
    timer.current = window.setInterval(take, PACE)
  }
  const stop = () => clearInterval(timer.current)
  useEffect(() => stop, [])
  return (
    <button
      type="button"
      class="button own-hold"
      aria-label={`Hold to take pictures of ${name}`}
      disabled={pictures >= MOST_PICTURES}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        // It is held wherever the pointer goes, and wherever pictures that come move the button to.
        event.currentTarget.setPointerCapture(event.pointerId)
        begin()
      }}
      onLostPointerCapture={stop}
      onContextMenu={(event) => event.preventDefault()}
      // By a key or by what reads the page aloud: one picture, more where the key repeats.
      onClick={(event) => {
        if (event.detail === 0) take()
      }}
    >
      Hold to take pictures
    </button>
  )
}
