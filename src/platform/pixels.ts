/**
 * Pixels out of what a page shows, and onto its canvases. The types say what is needed of images, videos and canvases,
 * without naming those of the DOM: who compiles for Node does not have them.
 */

import { ArgumentError, checkInteger, show } from '../errors.ts'
import { isByteArray } from '../typed-arrays.ts'

/** RGBA, row by row, a byte each: an `ImageData`, or what looks like one. */
export interface PixelData {
  /** In pixels. */
  readonly width: number
  /** In pixels. */
  readonly height: number
  /** width · height · 4 bytes. */
  readonly data: Uint8Array | Uint8ClampedArray
}

/** A canvas of the page, or an `OffscreenCanvas`. */
export interface CanvasLike {
  /** In pixels. */
  width: number
  /** In pixels. */
  height: number
  /**
   * As a canvas has it.
   * @param kind '2d'
   */
  getContext(kind: '2d'): unknown
}

/** What a canvas can draw: an image, a video, an `ImageBitmap`. */
export interface Drawable {
  /** In pixels. */
  readonly width?: number
  /** In pixels. */
  readonly height?: number
  /** Of a video. */
  readonly videoWidth?: number
}

/** Whatever has pixels. */
export type PixelSource = PixelData | CanvasLike | Drawable

/** What is used of a canvas's context. */
interface Context {
  drawImage(image: CanvasImageSource, x: number, y: number, width: number, height: number): void
  getImageData(x: number, y: number, width: number, height: number): ImageData
  putImageData(pixels: ImageData, x: number, y: number): void
}

/** @throws ArgumentError for what has no pixels, not yet, or none that the page may read */
export function readPixels(who: string, source: PixelSource): PixelData {
  if (typeof source !== 'object' || source === null) throw unfit(who, source)
  if ('data' in source) return checkPixels(who, source)
  const [width, height] = sizeOf(who, source as CanvasImageSource)
  try {
    const own = 'getContext' in source ? (source.getContext('2d') as Context | null) : null
    const context = own ?? scratchContext(who, width, height)
    if (own === null) context.drawImage(source as CanvasImageSource, 0, 0, width, height)
    return checkPixels(who, context.getImageData(0, 0, width, height))
  } catch (error) {
    if ((error as Error).name !== 'SecurityError') throw error
    const hint = "it needs CORS headers, and crossOrigin = 'anonymous' before its src"
    const expected = 'pixels of this origin'
    throw new ArgumentError({ who, expected, received: 'those of another', hint }, { cause: error })
  }
}

function unfit(who: string, source: unknown): ArgumentError {
  const expected = 'an image, a video, a canvas, an ImageBitmap, an ImageData or { data, width, height }'
  return new ArgumentError({ who, expected, received: show(source) })
}

function checkPixels(who: string, { data, width, height }: PixelData): PixelData {
  checkInteger(who, 'width', width, 1)
  checkInteger(who, 'height', height, 1)
  if (isByteArray(data) && data.length === width * height * 4) return { data, width, height }
  throw new ArgumentError({ who, expected: `${width} × ${height} × 4 bytes (RGBA)`, received: show(data) })
}

type Sized = { width?: unknown; height?: unknown }

/** Width and height in pixels, once there are any. */
function sizeOf(who: string, source: CanvasImageSource): [width: number, height: number] {
  if ('videoWidth' in source) {
    if (source.readyState >= 2) return [source.videoWidth, source.videoHeight]
    const parts = { expected: 'a video that has a frame', received: 'one without' }
    throw new ArgumentError({ who, ...parts, hint: "wait for its event 'loadeddata'" })
  }
  if ('naturalWidth' in source && !(source.complete && source.naturalWidth > 0)) {
    const parts = { expected: 'an image that has been loaded', received: 'one that has not' }
    throw new ArgumentError({ who, ...parts, hint: 'use browser.fromPixelsAsync' })
  }
  const { width, height } = source as Sized
  if (typeof width === 'number' && typeof height === 'number' && width > 0 && height > 0) return [width, height]
  throw unfit(who, source)
}

/** The context of a new canvas, in a page or a worker. */
function scratchContext(who: string, width: number, height: number): Context {
  if (typeof OffscreenCanvas !== 'undefined') {
    return new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
  }
  throw new ArgumentError({ who, expected: '{ data, width, height }', received: 'something to draw' })
}

/** Gives a canvas the size of the pixels and draws them. */
export function drawPixels(who: string, canvas: CanvasLike, data: Uint8ClampedArray, width: number): void {
  const context = canvas.getContext?.('2d') as Context | null | undefined
  if (!context) throw new ArgumentError({ who, expected: 'a canvas with a 2D context', received: show(canvas) })
  const height = data.length / 4 / width
  canvas.width = width
  canvas.height = height
  context.putImageData(new ImageData(data as Uint8ClampedArray<ArrayBuffer>, width, height), 0, 0)
}
