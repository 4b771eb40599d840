/**
 * Paints the network: links and titles, maps, and what is chosen, each on a canvas of its own, so that a new state of the weights
 * repaints no more than it changes. Between two states the numbers glide, and once they are there nothing is painted.
 */

import { largestOf } from '../drawing/palettes.ts'
import { percent } from '../format.ts'
import { inkPalette, type Palette, signedPalette } from '../paint.tsx'
import { type Colour, colour } from '../theme.ts'
import type { Filters, Stage, Weights } from '../worker/inspector.ts'
import { type Source, strongest, unitSums } from './arithmetic.ts'
import { type Box, type Column, type Layout, layoutOf } from './layout.ts'

export interface Scene {
  readonly picture: Source
  readonly stages: readonly Stage[]
  readonly filters: readonly Filters[]
  readonly weights: Weights | undefined
  /** The names of the classes. */
  readonly classes: readonly string[]
}

export interface Pointed {
  readonly stage: number
  readonly map: number
}

/** Of the way to the new numbers, what is gone in a frame. */
const GLIDE = 0.4
const FRAMES = 7
/** Links to a chosen map that are drawn at most. */
const MOST_LINKS = 64

/** The pixels of a canvas, and how many of them a CSS pixel has. */
interface Screen {
  readonly image: ImageData
  readonly pixels: Uint32Array
  readonly scale: number
}

/** The numbers of a column on their way to those of the newest state. */
class Film {
  #values = new Float32Array(0)
  #target = new Float32Array(0)
  #largest = 1
  #signed = false

  aim(target: Float32Array, still: boolean): void {
    this.#target = target as Float32Array<ArrayBuffer>
    this.#largest = largestOf(target)
    this.#signed = target.some((value) => value < 0)
    if (still || this.#values.length !== target.length) this.#values = target.slice() as Float32Array<ArrayBuffer>
  }

  glide(share: number): void {
    const [values, target] = [this.#values, this.#target]
    for (let i = 0; i < values.length; i++) values[i]! += share * (target[i]! - values[i]!)
  }

  /** All maps at their places, each number as a rectangle: one transfer for all is cheaper than a picture for each. */
  paint({ image, pixels, scale }: Screen, { boxes, rows, columns, count }: Column): void {
    const palette = this.#palette()
    const values = this.#values
    const stride = image.width
    boxes.forEach((box, map) => {
      const [left, top] = [Math.round(box.x * scale), Math.round(box.y * scale)]
      const width = Math.round((box.x + box.width) * scale) - left
      const height = Math.round((box.y + box.height) * scale) - top
      for (let row = 0; row < rows; row++) {
        const first = top + Math.floor((row * height) / rows)
        const end = top + Math.floor(((row + 1) * height) / rows)
        if (first === end) continue
        const line = first * stride + left
        for (let column = 0; column < columns; column++) {
          const shade = palette(values[(row * columns + column) * count + map]!)
          const to = line + Math.floor(((column + 1) * width) / columns)
          for (let x = line + Math.floor((column * width) / columns); x < to; x++) pixels[x] = shade
        }
        for (let y = first + 1; y < end; y++) pixels.copyWithin(y * stride + left, line, line + width)
      }
    })
  }

  at(index: number): number {
    return this.#values[index] ?? 0
  }

  #palette(): Palette {
    const largest = this.#largest
    if (this.#signed) return signedPalette(largest)
    const ink = inkPalette()
    return (value) => ink(Math.sqrt(value / largest))
  }
}

interface Canvases {
  readonly links: HTMLCanvasElement
  readonly maps: HTMLCanvasElement
  readonly marks: HTMLCanvasElement
}

export class Painter {
  readonly #canvases: Canvases
  #scene: Scene | undefined
  #layout: Layout | undefined
  #screen: Screen | undefined
  readonly #films: Film[] = []
  #framesLeft = 0
  #frame = 0
  #chosen: Pointed | undefined
  #hovered: Pointed | undefined
  #isVisible = true
  #ink: Colour = [0, 0, 0]
  #accent: Colour = [0, 0, 0]
  #family = ''

  constructor(canvases: Canvases) {
    this.#canvases = canvases
  }

  get layout(): Layout | undefined {
    return this.#layout
  }

  /** Shows a state of the network, gliding there unless the user wants things to keep still. */
  show(scene: Scene, available: number, still: boolean): Layout {
    const before = this.#layout
    this.#scene = scene
    const layout = layoutOf(scene.picture.shape, scene.stages, available)
    this.#layout = layout
    const isOther = before === undefined || before.width !== layout.width || !sameColumns(before, layout)
    layout.columns.forEach((_, i) => {
      this.#films[i] ??= new Film()
      this.#films[i].aim(i === 0 ? scene.picture.values : scene.stages[i - 1]!.values, still || isOther)
    })
    if (isOther) {
      for (const canvas of Object.values(this.#canvases)) resize(canvas, layout)
      this.#screen = screenOf(this.#canvases.maps, layout)
    }
    this.#framesLeft = still || isOther ? 1 : FRAMES
    this.#request()
    return layout
  }

  point(chosen: Pointed | undefined, hovered: Pointed | undefined): void {
    this.#chosen = chosen
    this.#hovered = hovered
    this.#paintMarks()
  }

  set isVisible(visible: boolean) {
    this.#isVisible = visible
    if (visible) this.repaint()
  }

  /** All anew, in the colours of the theme. */
  repaint(): void {
    this.#framesLeft = Math.max(1, this.#framesLeft)
    this.#request()
  }

  stop(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
  }

  #request(): void {
    if (this.#frame !== 0 || !this.#isVisible) return
    let isFirst = true
    const paint = () => {
      this.#frame = 0
      if (isFirst) {
        this.#ink = colour('--quiet')
        this.#accent = colour('--accent')
        this.#family = getComputedStyle(document.body).fontFamily
        this.#paintLinks()
        this.#paintMarks()
        isFirst = false
      }
      this.#paintMaps()
      if (--this.#framesLeft > 0 && this.#isVisible) this.#frame = requestAnimationFrame(paint)
    }
    this.#frame = requestAnimationFrame(paint)
  }

  #paintMaps(): void {
    const [layout, scene, screen] = [this.#layout, this.#scene, this.#screen]
    if (layout === undefined || scene === undefined || screen === undefined) return
    const share = this.#framesLeft === 1 ? 1 : GLIDE
    layout.columns.forEach((column, i) => {
      const film = this.#films[i]!
      film.glide(share)
      if (column.kind !== 'answer') film.paint(screen, column)
    })
    const context = contextOf(this.#canvases.maps, layout)
    context.putImageData(screen.image, 0, 0)
    layout.columns.forEach((column, i) => {
      if (column.kind === 'answer') paintAnswers(context, column, this.#films[i]!, scene.classes, this.#family)
    })
  }

  #paintLinks(): void {
    const [layout, scene] = [this.#layout, this.#scene]
    if (layout === undefined || scene === undefined) return
    const context = contextOf(this.#canvases.links, layout)
    for (let i = 1; i < layout.columns.length; i++) {
      const stage = scene.stages[i - 1]!
      const [from, to] = [layout.columns[(stage.reads ?? i - 2) + 1]!, layout.columns[i]!]
      const filters = scene.filters.find(({ name }) => name === stage.name)
      context.strokeStyle = css(this.#ink, 0.22)
      context.lineWidth = 1
      context.beginPath()
      if (filters !== undefined && filters.shape[3] === to.count) this.#traceStrongest(context, from, to, filters)
      else if (from.count === to.count && to.kind === 'maps') {
        to.boxes.forEach((box, map) => trace(context, from.boxes[map], box))
      } else if (i === 1) for (const box of to.boxes) trace(context, from.boxes[0], box)
      context.stroke()
      if (to.kind !== 'maps') {
        context.fillStyle = css(this.#ink, 0.07)
        fan(context, from, to)
      }
    }
    for (const column of layout.columns) paintTitle(context, column, layout, this.#family)
  }

  /** Each map's link to the map before that its kernel weighs most. */
  #traceStrongest(context: CanvasRenderingContext2D, from: Column, to: Column, { shape, values }: Filters): void {
    const [height = 1, width = 1, inputs = 1, count = 1] = shape
    to.boxes.forEach((box, map) => {
      let [best, most] = [0, -1]
      for (let input = 0; input < inputs; input++) {
        let weight = 0
        for (let k = 0; k < height * width; k++) weight += Math.abs(values[(k * inputs + input) * count + map]!)
        if (weight > most) [best, most] = [input, weight]
      }
      trace(context, from.boxes[from.count === 1 ? 0 : best], box)
    })
  }

  #paintMarks(): void {
    const [layout, scene] = [this.#layout, this.#scene]
    if (layout === undefined || scene === undefined) return
    const context = contextOf(this.#canvases.marks, layout)
    if (this.#chosen !== undefined) {
      this.#paintIncoming(context, this.#chosen)
      this.#paintRing(context, this.#chosen, 2.5)
    }
    if (this.#hovered !== undefined) this.#paintRing(context, this.#hovered, 1.5)
  }

  #paintRing(context: CanvasRenderingContext2D, { stage, map }: Pointed, width: number): void {
    const box = this.#layout?.columns[stage + 1]?.boxes[map]
    if (box === undefined) return
    context.strokeStyle = css(this.#accent, 1)
    context.lineWidth = width
    context.strokeRect(box.x - 2, box.y - 2, box.width + 4, box.height + 4)
  }

  /** The links that the chosen map is made by: in the accent where they add, in grey where they take away. */
  #paintIncoming(context: CanvasRenderingContext2D, { stage, map }: Pointed): void {
    const scene = this.#scene!
    const reads = scene.stages[stage]?.reads ?? stage - 1
    const [from, to] = [this.#layout!.columns[reads + 1], this.#layout!.columns[stage + 1]]
    const box = to?.boxes[map]
    if (from === undefined || to === undefined || box === undefined) return
    const strengths = this.#strengths(stage, map)
    if (strengths === undefined) {
      if (from.count !== to.count && from.count !== 1) return
      context.strokeStyle = css(this.#accent, 0.9)
      context.lineWidth = 1.5
      context.beginPath()
      trace(context, from.boxes[from.count === 1 ? 0 : map], box)
      context.stroke()
      return
    }
    const largest = Math.max(1e-9, ...strengths.map(Math.abs))
    for (const input of strongest(strengths, MOST_LINKS)) {
      const share = Math.abs(strengths[input]!) / largest
      if (share < 0.04) continue
      context.strokeStyle = css(strengths[input]! > 0 ? this.#accent : this.#ink, 0.15 + 0.8 * share)
      context.lineWidth = 0.5 + 2 * share
      context.beginPath()
      trace(context, from.boxes[scene.stages.length > 0 && from.count === 1 ? 0 : input], box)
      context.stroke()
    }
  }

  /** How strongly each map before adds to a map: by its kernel, or for a unit by what comes through now. */
  #strengths(stage: number, map: number): number[] | undefined {
    const scene = this.#scene!
    const { weights } = scene
    if (weights === undefined || weights.stage !== stage || weights.map !== map) return undefined
    const source = scene.stages[scene.stages[stage]?.reads ?? -1] ?? scene.picture
    if (weights.shape.length === 1) return unitSums(source, weights)
    const inputs = weights.shape[2] ?? 1
    const sums = new Array<number>(inputs).fill(0)
    weights.values.forEach((value, i) => {
      sums[i % inputs]! += value
    })
    return sums
  }
}

function sameColumns(one: Layout, other: Layout): boolean {
  const text = ({ columns }: Layout) => columns.map(({ title, sizes }) => `${title} ${sizes}`).join()
  return text(one) === text(other)
}

function resize(canvas: HTMLCanvasElement, { width, height }: Layout): void {
  const scale = devicePixelRatio
  Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) })
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` })
}

function screenOf({ width, height }: HTMLCanvasElement, layout: Layout): Screen {
  const image = new ImageData(width, height)
  return { image, pixels: new Uint32Array(image.data.buffer), scale: width / layout.width }
}

function contextOf(canvas: HTMLCanvasElement, { width, height }: Layout): CanvasRenderingContext2D {
  const context = canvas.getContext('2d')!
  context.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0)
  context.clearRect(0, 0, width, height)
  return context
}

function css([red, green, blue]: Colour, alpha: number): string {
  return `rgb(${red} ${green} ${blue} / ${alpha})`
}

/** A line that leaves and arrives level. */
function trace(context: CanvasRenderingContext2D, from: Box | undefined, to: Box): void {
  if (from === undefined) return
  const [x0, y0] = [from.x + from.width + 1, from.y + from.height / 2]
  const [x1, y1] = [to.x - 1, to.y + to.height / 2]
  const middle = (x0 + x1) / 2
  context.moveTo(x0, y0)
  context.bezierCurveTo(middle, y0, middle, y1, x1, y1)
}

/** Everything to everything, as a surface. */
function fan(context: CanvasRenderingContext2D, from: Column, to: Column): void {
  const edge = ({ boxes }: Column, side: 'left' | 'right') => {
    const [first, last] = [boxes[0]!, boxes.at(-1)!]
    const x = side === 'left' ? first.x - 3 : Math.max(...boxes.map((box) => box.x + box.width)) + 3
    return { x, top: first.y, bottom: last.y + last.height }
  }
  const [a, b] = [edge(from, 'right'), edge(to, 'left')]
  const middle = (a.x + b.x) / 2
  context.beginPath()
  context.moveTo(a.x, a.top)
  context.bezierCurveTo(middle, a.top, middle, b.top, b.x, b.top)
  context.lineTo(b.x, b.bottom)
  context.bezierCurveTo(middle, b.bottom, middle, a.bottom, a.x, a.bottom)
  context.fill()
}

function textColour(name: string): string {
  return css(colour(name), 1)
}

function paintTitle(
  context: CanvasRenderingContext2D,
  { boxes, title, sizes, shown, count }: Column,
  layout: Layout,
  family: string,
): void {
  const left = boxes[0]!.x
  const right = Math.max(...boxes.map((box) => box.x + box.width))
  const x = (left + right) / 2
  const atEdge = left < 8 ? 'left' : right > layout.width - 8 ? 'right' : 'center'
  context.textAlign = atEdge
  const at = atEdge === 'left' ? left : atEdge === 'right' ? right : x
  context.fillStyle = textColour('--ink')
  context.font = `600 13px ${family}`
  context.fillText(title, at, 13)
  context.fillStyle = textColour('--quiet')
  context.font = `12px ${family}`
  context.fillText(shown < count ? `${shown} of ${sizes}` : sizes, at, 30)
}

/** The answers as bars, by name. */
function paintAnswers(
  context: CanvasRenderingContext2D,
  column: Column,
  film: Film,
  classes: readonly string[],
  family: string,
): void {
  const values = column.boxes.map((_, i) => film.at(i))
  const best = values.indexOf(Math.max(...values))
  column.boxes.forEach((box, i) => {
    const [middle, name] = [box.y + box.height / 2, classes[i] ?? `${i}`]
    context.font = `${i === best ? 600 : 400} 13px ${family}`
    context.textAlign = 'left'
    context.fillStyle = textColour(i === best ? '--ink' : '--quiet')
    context.fillText(name.slice(0, 6), box.x + 4, middle + 4.5, 34)
    const left = box.x + (name.length > 1 ? 40 : 18)
    const width = box.x + box.width - left - 38
    context.fillStyle = textColour('--line')
    context.fillRect(left, middle - 4, width, 8)
    context.fillStyle = textColour(i === best ? '--accent' : '--quiet')
    context.fillRect(left, middle - 4, width * Math.max(0, Math.min(1, values[i]!)), 8)
    context.fillStyle = textColour(i === best ? '--ink' : '--quiet')
    context.textAlign = 'right'
    context.font = `12px ${family}`
    context.fillText(percent(values[i]!, 0), box.x + box.width - 3, middle + 4)
  })
}
