/** Where everything of the network's picture stands: a column for the input and for each layer, in CSS pixels. */

import type { Stage } from '../worker/inspector.ts'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Column {
  /** The stage that it shows; −1 for the input. */
  readonly stage: number
  readonly title: string
  readonly sizes: string
  readonly kind: 'maps' | 'units' | 'answer'
  /** Of one map; 1×1 for units. */
  readonly rows: number
  readonly columns: number
  /** Maps or units in all, and how many of them are shown. */
  readonly count: number
  readonly shown: number
  readonly boxes: readonly Box[]
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly columns: readonly Column[]
}

export const TITLE_HEIGHT = 44
const BODY = 432
const LEAST_GAP = 44
const SPACE = 2
/** More maps or units than these are not legible. */
const MOST_MAPS = 64
const MOST_UNITS = 160
const MOST_ANSWERS = 20
const ANSWER_WIDTH = 104

const TITLES: Readonly<Record<string, string>> = {
  Conv2D: 'Convolution',
  DepthwiseConv2D: 'Depthwise',
  SeparableConv2D: 'Separable',
  MaxPooling2D: 'Max pooling',
  AveragePooling2D: 'Mean pooling',
  GlobalAveragePooling2D: 'Global mean',
  GlobalMaxPooling2D: 'Global max',
  ZeroPadding2D: 'Padding',
  UpSampling2D: 'Upsampling',
  Conv2DTranspose: 'Transposed',
  BatchNormalization: 'Batch norm',
  Dense: 'Dense',
  Activation: 'Activation',
}

export function titleOf({ type }: Pick<Stage, 'type'>): string {
  return TITLES[type] ?? type
}

export function isMaps(shape: readonly number[]): boolean {
  return shape.length === 3 && (shape[0]! > 1 || shape[1]! > 1)
}

/** How many maps or units a shape has. */
export function countOf(shape: readonly number[]): number {
  return shape.at(-1)!
}

export function sizesText(shape: readonly number[]): string {
  const [height, width, maps] = shape
  return isMaps(shape) ? `${maps} × ${height}×${width}` : `${countOf(shape)} units`
}

interface Grid {
  readonly down: number
  readonly across: number
  readonly size: number
}

/** As few columns as give each map a size that can be seen. */
function gridOf(count: number, most: number, least: number, widest: number): Grid {
  for (let across = 1; ; across++) {
    const down = Math.ceil(count / across)
    const size = Math.min(most, Math.floor((BODY + SPACE) / down) - SPACE)
    if (size >= least || across === widest) return { down, across, size: Math.max(3, size) }
  }
}

interface Draft extends Omit<Column, 'boxes'> {
  readonly grid: Grid
  readonly width: number
}

function draft(stage: number, title: string, shape: readonly number[], isLast: boolean): Draft {
  const count = countOf(shape)
  const sizes = stage === -1 ? `${shape[0]}×${shape[1]}${count === 3 ? ' in colour' : ''}` : sizesText(shape)
  const common = { stage, title, sizes, count }
  if (isLast && !isMaps(shape) && count <= MOST_ANSWERS) {
    const grid = { down: count, across: 1, size: Math.min(36, Math.floor(BODY / count) - SPACE) }
    return { ...common, title: 'Answer', kind: 'answer', rows: 1, columns: 1, shown: count, grid, width: ANSWER_WIDTH }
  }
  const maps = isMaps(shape)
  const shown = Math.min(count, maps ? MOST_MAPS : MOST_UNITS)
  const grid = maps ? gridOf(shown, stage === -1 ? 84 : 56, 22, 4) : gridOf(shown, 14, 9, 5)
  const [rows, columns] = maps ? [shape[0]!, shape[1]!] : [1, 1]
  const width = grid.across * (grid.size + SPACE) - SPACE
  return { ...common, kind: maps ? 'maps' : 'units', rows, columns, shown, grid, width }
}

/** CSS pixels of a title, about. */
function titleWidth({ title, sizes }: Draft): number {
  return 7.4 * Math.max(title.length, 0.92 * sizes.length)
}

/** Room for links, and for titles that are wider than their columns. */
function leastGap(left: Draft, right: Draft): number {
  const over = (titleWidth(left) + titleWidth(right) - left.width - right.width) / 2
  return Math.max(LEAST_GAP, over + 8)
}

/** The columns side by side, over the whole width where there is more than they need. */
export function layoutOf(inputShape: readonly number[], stages: readonly Stage[], available: number): Layout {
  const drafts = [
    draft(-1, 'Picture', inputShape, false),
    ...stages.map((stage, i) => draft(i, titleOf(stage), stage.shape, i === stages.length - 1)),
  ]
  const filled = drafts.reduce((sum, { width }) => sum + width, 0)
  const least = drafts.slice(1).map((column, i) => leastGap(drafts[i]!, column))
  const taken = least.reduce((sum, gap) => sum + gap, filled + 2 * MARGIN)
  const spare = Math.max(0, available - taken) / Math.max(1, least.length)
  let x = MARGIN
  const columns = drafts.map(({ grid, width, ...column }, index): Column => {
    const { down, across, size } = grid
    const top = TITLE_HEIGHT + (BODY - (down * (size + SPACE) - SPACE)) / 2
    const left = x
    x += width + (index < least.length ? least[index]! + spare : 0)
    const boxes = Array.from({ length: column.shown }, (_, i) => ({
      x: left + (i % across) * (size + SPACE),
      y: top + Math.floor(i / across) * (size + SPACE),
      width: column.kind === 'answer' ? ANSWER_WIDTH : size,
      height: size,
    }))
    return { ...column, boxes }
  })
  return { width: Math.max(available, x + MARGIN), height: TITLE_HEIGHT + BODY + 6, columns }
}

/** Room for the titles of the outermost columns. */
const MARGIN = 4

export interface Hit {
  readonly column: Column
  readonly map: number
  readonly row: number
  readonly across: number
}

/** What lies under a point, to the pixel of the map. */
export function hitOf({ columns }: Layout, x: number, y: number): Hit | undefined {
  for (const column of columns) {
    const map = column.boxes.findIndex(
      (box) => x >= box.x - 1 && x < box.x + box.width + 1 && y >= box.y - 1 && y < box.y + box.height + 1,
    )
    if (map === -1) continue
    const box = column.boxes[map]!
    const at = (offset: number, length: number, count: number) =>
      Math.min(count - 1, Math.max(0, Math.floor((offset / length) * count)))
    return {
      column,
      map,
      row: at(y - box.y, box.height, column.rows),
      across: at(x - box.x, box.width, column.columns),
    }
  }
  return undefined
}
