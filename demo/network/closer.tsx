/** One map or unit at work: the window that moves over what it reads, the products under it, and what comes of them. */

import { useComputed } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { activationPalette } from '../drawing/palettes.ts'
import { chosen, stages } from '../drawing/state.ts'
import { percent, signed } from '../format.ts'
import { answerName } from '../guest/state.ts'
import { Select } from '../page/fields.tsx'
import { type Sheet, SheetCanvas } from '../paint.tsx'
import type { Stage, Weights } from '../worker/inspector.ts'
import {
  kernelOf,
  type Place,
  patchOf,
  type Source,
  softmaxParts,
  strongest,
  sumsOf,
  unitSums,
  windowAt,
} from './arithmetic.ts'
import { countOf, isMaps, titleOf } from './layout.ts'
import { NumberGrid } from './number-grid.tsx'
import {
  channel,
  chosenStage,
  chosenWeights,
  editKernel,
  isPlaying,
  look,
  place,
  placeIndex,
  places,
  source,
} from './state.ts'

/** Milliseconds that the window stays at a place. */
const PACE = 90
/** Input maps, or units, that are listed. */
const LISTED = 8

export function Closer() {
  const stage = chosenStage.value
  usePlaying()
  if (stage === undefined) return <div class="closer closer-empty" />
  return (
    <div class="closer">
      <ClosePicker stage={stage} />
      <CloseUp stage={stage} />
    </div>
  )
}

/** Moves the window on while it plays, and stops it at the end. */
function usePlaying(): void {
  const playing = isPlaying.value
  useEffect(() => {
    if (!playing) return
    const timer = setInterval(() => {
      if (placeIndex.value >= places.value - 1) isPlaying.value = false
      else placeIndex.value++
    }, PACE)
    return () => clearInterval(timer)
  }, [playing])
}

function ClosePicker({ stage }: { readonly stage: Stage }) {
  const all = stages.value
  const options = Object.fromEntries(all.map((one, i) => [`${i}`, `${i + 1}. ${titleOf(one)}`]))
  const { map } = chosen.value
  const count = countOf(stage.shape)
  const what = isMaps(stage.shape) ? (stage.type === 'Conv2D' ? 'Filter' : 'Map') : 'Unit'
  return (
    <div class="closer-picker">
      <Select label="Layer" value={`${chosen.value.stage}`} options={options} pick={(name) => look(Number(name), 0)} />
      <label class="field slider">
        <span>
          {what} <span class="figure">{Math.min(map, count - 1) + 1}</span> of {count}
        </span>
        <input
          type="range"
          min={1}
          max={count}
          value={map + 1}
          onInput={(event) => look(chosen.value.stage, event.currentTarget.valueAsNumber - 1)}
        />
      </label>
    </div>
  )
}

function CloseUp({ stage }: { readonly stage: Stage }) {
  const weights = chosenWeights.value
  const before = useRef<ComponentChildren>(null)
  // Until the weights of another map have come, what was there stays.
  if (weights === undefined && stage.hasWeights) return before.current
  before.current = viewOf(stage, weights)
  return before.current
}

function viewOf(stage: Stage, weights: Weights | undefined): ComponentChildren {
  if (!stage.hasWeights && stage.window === undefined) return <PlainView stage={stage} />
  if (stage.logits !== undefined) return <Softmax logits={stage.logits} weights={weights} />
  if (weights?.shape.length === 1) return <UnitView stage={stage} weights={weights} />
  if (stage.type === 'Conv2D' && weights?.shape.length === 3) return <ConvolutionView stage={stage} weights={weights} />
  if (stage.type.endsWith('Pooling2D') && stage.window !== undefined) return <PoolingView stage={stage} />
  return <PlainView stage={stage} />
}

/** Back, play, on, and where the window is. */
function PlaceControls() {
  const last = places.value - 1
  const at = Math.min(placeIndex.value, last)
  const move = (by: number) => {
    isPlaying.value = false
    placeIndex.value = Math.min(last, Math.max(0, at + by))
  }
  const play = () => {
    if (!isPlaying.value && at === last) placeIndex.value = 0
    isPlaying.value = !isPlaying.value
  }
  return (
    <div class="place-controls">
      <button type="button" class="button button-small" onClick={() => move(-1)} aria-label="One place back">
        ←
      </button>
      <button type="button" class="button button-small" onClick={play}>
        {isPlaying.value ? 'Stop' : 'Slide'}
      </button>
      <button type="button" class="button button-small" onClick={() => move(1)} aria-label="One place on">
        →
      </button>
      <label class="field slider">
        <span>
          Window <span class="figure">{at + 1}</span> of {last + 1}
        </span>
        <input
          type="range"
          min={1}
          max={last + 1}
          value={at + 1}
          onInput={(event) => {
            isPlaying.value = false
            placeIndex.value = event.currentTarget.valueAsNumber - 1
          }}
        />
      </label>
    </div>
  )
}

interface MapViewProps {
  readonly source: Source
  readonly map: number
  readonly label: string
  readonly at: Place
  readonly size: readonly [number, number]
  /** Places after this one, counted row by row, have not been computed yet. */
  readonly upTo?: number
  readonly onPick?: (place: Place) => void
}

/** A map with a frame where the window lies, or the place that it makes. */
function MapView({ source: { shape, values }, map, label, at, size, upTo, onPick }: MapViewProps) {
  const [height = 1, width = 1, count = 1] = shape
  const sheet = useMemo<Sheet>(
    () => ({
      ...{ count: 1, columns: 1, height, width, gap: 0 },
      at: (_, i, j) => (upTo !== undefined && i * width + j > upTo ? 0 : values[(i * width + j) * count + map]!),
    }),
    [values, height, width, count, map, upTo],
  )
  const palette = useMemo(() => () => activationPalette(values), [values])
  const pick = (event: PointerEvent) => {
    if (onPick === undefined) return
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect()
    const cell = (offset: number, length: number, cells: number) =>
      Math.min(cells - 1, Math.max(0, Math.floor((offset / length) * cells)))
    onPick({
      row: cell(event.clientY - box.top, box.height, height),
      column: cell(event.clientX - box.left, box.width, width),
    })
  }
  return (
    <figure class="map-view">
      <div class={onPick === undefined ? 'map-frame' : 'map-frame map-pick'} onPointerMove={pick} onPointerDown={pick}>
        <SheetCanvas class="seen" sheet={sheet} palette={palette} label={label} />
        <span
          class="sheet-ring"
          style={{
            left: `${(100 * at.column) / width}%`,
            top: `${(100 * at.row) / height}%`,
            width: `${(100 * size[1]) / width}%`,
            height: `${(100 * size[0]) / height}%`,
          }}
        />
      </div>
      <figcaption>{label}</figcaption>
    </figure>
  )
}

const MAP_HINT = 'point at a pixel'

interface StageProps {
  readonly stage: Stage
  readonly weights: Weights
}

function ConvolutionView({ stage, weights }: StageProps) {
  const from = source.value
  const at = windowAt(stage, place.value)
  const edited = chosen.value.kernel
  const laid = edited === undefined ? weights : { ...weights, values: edited }
  const sums = sumsOf(from, laid, at)
  const input = Math.min(channel.value ?? heaviest(laid), sums.length - 1)
  const patch = patchOf(from, input, at, laid.shape)
  const kernel = kernelOf(laid, input)
  const { map } = chosen.value
  const output: Source =
    edited !== undefined && weights.edited !== undefined
      ? { shape: [...stage.shape.slice(0, 2), 1], values: weights.edited }
      : stage
  const total = sums.reduce((a, b) => a + b, 0) + weights.bias
  const change = (row: number, column: number, value: number) => {
    const values = laid.values.slice()
    values[(row * laid.shape[1]! + column) * laid.shape[2]! + input] = value
    editKernel(values)
  }
  return (
    <>
      <PlaceControls />
      <div class="closer-row">
        <MapView
          source={from}
          map={input}
          label={sums.length === 1 ? 'The picture' : `Map ${input + 1} of the layer before`}
          at={at}
          size={[laid.shape[0]!, laid.shape[1]!]}
        />
        <NumberGrid label="Under the window" values={patch} scale={1} />
        <Sign text="×" />
        <NumberGrid label="Kernel" hint="type a number" values={kernel} signedScale edit={change} class="kernel" />
        <Sign text="=" />
        <NumberGrid
          label="Products"
          values={patch.map((row, i) => row.map((value, j) => value * kernel[i]![j]!))}
          signedScale
        />
        <Sign text="→" />
        <MapView
          source={output}
          map={output === stage ? map : 0}
          label={`${edited === undefined ? 'The map' : 'Your map'}: ${MAP_HINT}`}
          at={place.value}
          size={[1, 1]}
          {...(isPlaying.value ? { upTo: placeIndex.value } : {})}
          onPick={({ row, column }) => {
            isPlaying.value = false
            placeIndex.value = row * stage.shape[1]! + column
          }}
        />
      </div>
      {sums.length > 1 && <InputStrip source={from} sums={sums} chosenInput={input} />}
      <p class="closer-sum figure">
        {sums.length === 1 ? 'Products' : `The ${sums.length} maps`} {decimals3(total - weights.bias)}, bias{' '}
        {decimals3(weights.bias)}, together {decimals3(total)}
        {activationText(stage.activation, total, outputAt(output, output === stage ? map : 0))}
      </p>
      {edited !== undefined && (
        <p>
          <button type="button" class="button button-small" onClick={() => editKernel(undefined)}>
            The network’s kernel again
          </button>
        </p>
      )}
    </>
  )
}

/** The input that the kernel weighs most. */
function heaviest({ shape, values }: Pick<Weights, 'shape' | 'values'>): number {
  const inputs = shape[2] ?? 1
  const sizes = new Array<number>(inputs).fill(0)
  values.forEach((value, i) => {
    sizes[i % inputs]! += Math.abs(value)
  })
  return strongest(sizes, 1)[0] ?? 0
}

function outputAt({ shape, values }: Source, map: number): number {
  const { row, column } = place.value
  return values[(row * shape[1]! + column) * shape[2]! + map] ?? 0
}

function decimals3(value: number): string {
  return signed(Number(value.toFixed(3)))
}

function activationText(activation: string, sum: number, result: number): string {
  if (activation === 'linear') return '.'
  if (activation === 'relu') {
    return sum > 0 ? `; relu lets it pass: ${decimals3(result)}.` : '; relu makes 0 of what is negative: 0.'
  }
  return `; ${activation} makes ${decimals3(result)} of it.`
}

/** The maps that a convolution reads, those first that add most at this place. */
function InputStrip({
  source: from,
  sums,
  chosenInput,
}: {
  readonly source: Source
  readonly sums: readonly number[]
  readonly chosenInput: number
}) {
  const { shape, values } = from
  const [height = 1, width = 1, count = 1] = shape
  const palette = useMemo(() => () => activationPalette(values), [values])
  const listed = strongest(sums, LISTED)
  return (
    <div class="strip-row">
      <p class="quiet">Those of its {sums.length} inputs that add most here:</p>
      <ul class="strip">
        {listed.map((input) => (
          <li key={input}>
            <button
              type="button"
              class="strip-item"
              aria-pressed={input === chosenInput}
              aria-label={`Map ${input + 1} adds ${sums[input]!.toFixed(2)}`}
              onClick={() => (channel.value = input)}
            >
              <SheetCanvas
                sheet={{
                  ...{ count: 1, columns: 1, height, width, gap: 0 },
                  at: (_, i, j) => values[(i * width + j) * count + input]!,
                }}
                palette={palette}
                label=""
              />
              <span class="figure">{signed(Number(sums[input]!.toFixed(2)))}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

function PoolingView({ stage }: { readonly stage: Stage }) {
  const from = source.value
  const { map } = chosen.value
  const at = windowAt(stage, place.value)
  const { size } = stage.window!
  const patch = patchOf(from, map, at, size)
  const isMax = stage.type.startsWith('Max')
  const largest = Math.max(...patch.flat())
  return (
    <>
      <PlaceControls />
      <div class="closer-row">
        <MapView source={from} map={map} label={`Map ${map + 1} of the layer before`} at={at} size={size} />
        <NumberGrid
          label="Under the window"
          values={patch}
          scale={Math.max(1e-6, largest)}
          {...(isMax ? { marked: (value: number) => value === largest } : {})}
        />
        <Sign text="→" />
        <MapView
          source={stage}
          map={map}
          label={`The map: ${MAP_HINT}`}
          at={place.value}
          size={[1, 1]}
          {...(isPlaying.value ? { upTo: placeIndex.value } : {})}
          onPick={({ row, column }) => {
            isPlaying.value = false
            placeIndex.value = row * stage.shape[1]! + column
          }}
        />
      </div>
      <p class="closer-sum figure">
        {isMax ? 'The greatest of them is kept' : 'Their mean is kept'}: {decimals3(outputAt(stage, map))}.
      </p>
    </>
  )
}

/** A unit of a dense layer: what each map or unit before adds to it. */
function UnitView({ stage, weights }: StageProps) {
  const from = source.value
  const sums = useComputed(() => unitSums(source.value, weights)).value
  const { map } = chosen.value
  const total = sums.reduce((a, b) => a + b, 0) + weights.bias
  return (
    <>
      <SumBars sums={sums} of={isMaps(from.shape) ? 'Map' : 'Unit'} />
      <p class="closer-sum figure">
        All {weights.values.length.toLocaleString('en')} products together {decimals3(total - weights.bias)}, bias{' '}
        {decimals3(weights.bias)}: {decimals3(total)}
        {activationText(stage.activation, total, stage.values[map] ?? 0)}
      </p>
    </>
  )
}

/** Bars to both sides for the largest terms of a sum. */
function SumBars({ sums, of }: { readonly sums: readonly number[]; readonly of: string }) {
  const listed = strongest(sums, LISTED)
  const largest = Math.max(1e-9, ...listed.map((i) => Math.abs(sums[i]!)))
  return (
    <div class="sum-bars-frame">
      <p class="quiet">What adds most to it, or takes most away:</p>
      <ol class="sum-bars">
        {listed.map((i) => (
          <li key={i}>
            <span>
              {of} {i + 1}
            </span>
            <span class="sum-track" aria-hidden="true">
              <span
                class={sums[i]! < 0 ? 'sum-bar sum-less' : 'sum-bar'}
                style={{ '--share': Math.abs(sums[i]!) / largest }}
              />
            </span>
            <span class="figure">{signed(Number(sums[i]!.toFixed(2)))}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}

/** Sums become probabilities. */
function Softmax({ logits, weights }: { readonly logits: Float32Array; readonly weights: Weights | undefined }) {
  const { exponentials, sum, shares } = softmaxParts(logits)
  const { map } = chosen.value
  const best = shares.indexOf(Math.max(...shares))
  return (
    <div class="softmax">
      <table class="numbers softmax-table">
        <caption>
          Each answer has a sum <i>z</i>; softmax makes shares of them: e<sup>z</sup> divided by the sum of all{' '}
          {logits.length}.
        </caption>
        <thead>
          <tr>
            <th scope="col">answer</th>
            <th scope="col">z</th>
            <th scope="col">
              e<sup>z</sup>
            </th>
            <th scope="col">share</th>
          </tr>
        </thead>
        <tbody>
          {shares.map((share, i) => (
            <tr key={`${i}`} class={i === map ? 'softmax-chosen' : ''}>
              <th scope="row">
                <button type="button" class="link-button" onClick={() => look(chosen.value.stage, i)}>
                  {answerName(i)}
                </button>
              </th>
              <td>{signed(Number(logits[i]!.toFixed(2)))}</td>
              <td>{short(exponentials[i]!)}</td>
              <td class={i === best ? 'softmax-best' : ''}>{percent(share, 1)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">all</th>
            <td />
            <td>{short(sum)}</td>
            <td>100 %</td>
          </tr>
        </tbody>
      </table>
      <div>
        <h4>
          Where the z of {map} comes from: {signed(Number((logits[map] ?? 0).toFixed(2)))}
        </h4>
        {weights !== undefined && <SumBars sums={unitSums(source.value, weights)} of="Unit" />}
      </div>
    </div>
  )
}

function short(value: number): string {
  if (value >= 1e5 || (value < 1e-2 && value > 0)) {
    const [digits, exponent] = value.toExponential(1).split('e')
    return `${digits}·10${superscript(Number(exponent))}`
  }
  return value.toFixed(2)
}

function superscript(value: number): string {
  return [...`${value}`].map((digit) => (digit === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)])).join('')
}

/** Layers without weights that can be laid open here: the map alone. */
function PlainView({ stage }: { readonly stage: Stage }) {
  const { map } = chosen.value
  if (!isMaps(stage.shape)) {
    return <p class="closer-sum figure">It puts out {decimals3(stage.values[map] ?? 0)} for this picture.</p>
  }
  return (
    <div class="closer-row">
      <MapView source={stage} map={map} label={`Map ${map + 1}`} at={place.value} size={[1, 1]} />
    </div>
  )
}

function Sign({ text }: { readonly text: string }) {
  return (
    <span class="sign" aria-hidden="true">
      {text}
    </span>
  )
}
