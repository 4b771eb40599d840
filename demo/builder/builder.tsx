/** A network of one's own: a chip for each layer, with its sizes and weights, and what is wrong with it. */

import { computed, effect, signal } from '@preact/signals'
import { integer } from '../format.ts'
import { lab } from '../lab.ts'
import { NumberField, Select } from '../page/fields.tsx'
import { choose, phase, settings } from '../training/state.ts'
import type { CheckedNetwork } from '../worker/own-network.ts'
import { ACTIVATIONS, type Activation, type LayerSpec, LIMITS, layersToText, layerText, NEW_LAYERS } from './layers.ts'

/** What stands there now; it becomes the network as soon as all of it fits. */
const draft = signal<readonly LayerSpec[]>(settings.value.layers)
const checked = signal<CheckedNetwork | undefined>(undefined)
/** The layer that is being changed. */
const opened = signal<number | undefined>(undefined)

/** Layers that come from elsewhere, too: an address, a run of last time. */
const settled = computed(() => settings.value.layers)
const isOwn = computed(() => settings.value.network === 'own')

/** From now on what is drafted is checked, and trained as soon as it fits. */
export function watchBuilder(): void {
  effect(() => {
    draft.value = settled.value
  })
  let asked = 0
  effect(() => {
    const layers = draft.value
    const number = ++asked
    if (!isOwn.value || phase.value === 'opening') return
    void lab.checkNetwork(layers).then((result) => {
      if (number !== asked) return
      checked.value = result
      const fits = result.layers.every(({ problem }) => problem === undefined)
      if (fits && layersToText(layers) !== layersToText(settings.peek().layers)) choose({ layers })
    })
  })
}

function change(index: number, spec: LayerSpec): void {
  draft.value = draft.value.map((old, i) => (i === index ? spec : old))
}

function remove(index: number): void {
  draft.value = draft.value.filter((_, i) => i !== index)
  opened.value = undefined
}

function move(index: number, by: -1 | 1): void {
  const layers = [...draft.value]
  const [spec] = layers.splice(index, 1)
  layers.splice(index + by, 0, spec!)
  draft.value = layers
  opened.value = index + by
}

/** After the layer that is open, or at the end. */
function add(type: LayerSpec['type']): void {
  const at = opened.value === undefined ? draft.value.length : opened.value + 1
  draft.value = [...draft.value.slice(0, at), NEW_LAYERS[type], ...draft.value.slice(at)]
  opened.value = at
}

const ADDABLE = { conv: 'Convolution', pool: 'Pooling', dense: 'Dense', dropout: 'Dropout' } as const

export function Builder() {
  const specs = draft.value
  const results = checked.value?.layers ?? []
  const index = opened.value
  const open = index === undefined ? undefined : specs[index]
  const isFull = specs.length >= LIMITS.layers
  return (
    <div class="builder">
      <p class="quiet">From 28×28 pixels to ten answers. Click a layer to change it.</p>
      <ol class="chips">
        {specs.map((spec, i) => {
          const problem = results[i]?.problem
          return (
            <li key={`${i}`}>
              <button
                type="button"
                class={problem === undefined ? 'chip' : 'chip chip-wrong'}
                aria-expanded={i === index}
                onClick={() => (opened.value = i === index ? undefined : i)}
              >
                <span>{layerText(spec)}</span>
                <span class="chip-sizes figure">{sizesOf(results[i])}</span>
              </button>
              {problem !== undefined && (
                <p class="chip-problem" role="alert">
                  {problem}
                </p>
              )}
            </li>
          )
        })}
        <li>
          <span class="chip chip-fixed">
            <span>Dense 10 · softmax</span>
            <span class="chip-sizes figure">{sizesOf(results[specs.length])}</span>
          </span>
        </li>
      </ol>
      {open !== undefined && index !== undefined && <LayerEditor key={index} spec={open} index={index} />}
      <fieldset class="builder-add" disabled={isFull}>
        <legend class="quiet">Add</legend>
        {Object.entries(ADDABLE).map(([type, name]) => (
          <button key={type} type="button" class="button button-small" onClick={() => add(type as LayerSpec['type'])}>
            {name}
          </button>
        ))}
      </fieldset>
      <p class="figure" role="status">
        {totalText()}
      </p>
    </div>
  )
}

function sizesOf(result: CheckedNetwork['layers'][number] | undefined): string {
  if (result?.shape === undefined) return '…'
  const weights = result.parameters === 0 ? '' : `, ${integer(result.parameters ?? 0)}`
  return `${result.shape.join('×')}${weights}`
}

function totalText(): string {
  const made = checked.value
  if (made === undefined) return 'Counting …'
  return made.parameters === 0 ? 'It does not fit together yet.' : `${integer(made.parameters)} weights in all.`
}

const ACTIVATION_NAMES = Object.fromEntries(Object.keys(ACTIVATIONS).map((name) => [name, name])) as Record<
  Activation,
  string
>

function LayerEditor({ spec, index }: { readonly spec: LayerSpec; readonly index: number }) {
  return (
    <fieldset class="layer-editor">
      <legend class="visually-hidden">{layerText(spec)}</legend>
      <LayerFields spec={spec} set={(next) => change(index, next)} />
      <div class="layer-buttons">
        <button type="button" class="button button-small" disabled={index === 0} onClick={() => move(index, -1)}>
          Earlier
        </button>
        <button
          type="button"
          class="button button-small"
          disabled={index === draft.value.length - 1}
          onClick={() => move(index, 1)}
        >
          Later
        </button>
        <button type="button" class="button button-small" onClick={() => remove(index)}>
          Remove
        </button>
      </div>
    </fieldset>
  )
}

interface LayerFieldsProps {
  readonly spec: LayerSpec
  readonly set: (spec: LayerSpec) => void
}

function LayerFields({ spec, set }: LayerFieldsProps) {
  if (spec.type === 'pool') {
    return (
      <>
        <Select
          label="Keeps"
          value={spec.kind}
          options={{ max: 'the greatest', mean: 'the mean' }}
          pick={(kind: 'max' | 'mean') => set({ ...spec, kind })}
        />
        <NumberField
          label="Window"
          value={spec.size}
          min={1}
          max={LIMITS.pool}
          pick={(size) => set({ ...spec, size })}
        />
      </>
    )
  }
  if (spec.type === 'dropout') {
    return (
      <NumberField
        label="Percent"
        value={spec.percent}
        min={1}
        max={LIMITS.percent}
        pick={(percent) => set({ ...spec, percent })}
      />
    )
  }
  const activation = (
    <Select
      label="Activation"
      value={spec.activation}
      options={ACTIVATION_NAMES}
      pick={(name: Activation) => set({ ...spec, activation: name })}
    />
  )
  if (spec.type === 'dense') {
    return (
      <>
        <NumberField
          label="Units"
          value={spec.units}
          min={1}
          max={LIMITS.units}
          pick={(units) => set({ ...spec, units })}
        />
        {activation}
      </>
    )
  }
  return (
    <>
      <NumberField
        label="Filters"
        value={spec.filters}
        min={1}
        max={LIMITS.filters}
        pick={(filters) => set({ ...spec, filters })}
      />
      <NumberField label="Kernel" value={spec.size} min={1} max={LIMITS.size} pick={(size) => set({ ...spec, size })} />
      {activation}
      <Select
        label="Padding"
        value={spec.same ? 'same' : 'valid'}
        options={{ valid: 'none', same: 'same size' }}
        pick={(name: 'valid' | 'same') => set({ ...spec, same: name === 'same' })}
      />
    </>
  )
}
