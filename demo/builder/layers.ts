/** The layers of a network of one's own: what each may be, and how an address of the page writes them. */

export const ACTIVATIONS = { relu: 'r', tanh: 't', sigmoid: 's', linear: 'l' } as const
export type Activation = keyof typeof ACTIVATIONS

export type LayerSpec =
  | {
      readonly type: 'conv'
      readonly filters: number
      readonly size: number
      readonly same: boolean
      readonly activation: Activation
    }
  | { readonly type: 'pool'; readonly kind: 'max' | 'mean'; readonly size: number }
  | { readonly type: 'dropout'; readonly percent: number }
  | { readonly type: 'dense'; readonly units: number; readonly activation: Activation }

/** What a new layer of each type is. */
export const NEW_LAYERS = {
  conv: { type: 'conv', filters: 16, size: 3, same: false, activation: 'relu' },
  pool: { type: 'pool', kind: 'max', size: 2 },
  dense: { type: 'dense', units: 64, activation: 'relu' },
  dropout: { type: 'dropout', percent: 25 },
} as const satisfies Record<LayerSpec['type'], LayerSpec>

/** The largest numbers that may be typed. */
export const LIMITS = { filters: 256, size: 11, pool: 8, units: 1024, percent: 90, layers: 16 } as const

/** A small network to begin with. */
export const FIRST_LAYERS: readonly LayerSpec[] = [
  { type: 'conv', filters: 8, size: 3, same: false, activation: 'relu' },
  { type: 'pool', kind: 'max', size: 2 },
  { type: 'conv', filters: 16, size: 3, same: false, activation: 'relu' },
  { type: 'pool', kind: 'max', size: 2 },
  { type: 'dense', units: 64, activation: 'relu' },
]

export function layerText(spec: LayerSpec): string {
  if (spec.type === 'conv') return `Conv ${spec.filters} · ${spec.size}×${spec.size} · ${spec.activation}`
  if (spec.type === 'pool') return `${spec.kind === 'max' ? 'Max' : 'Mean'} pool ${spec.size}×${spec.size}`
  if (spec.type === 'dropout') return `Dropout ${spec.percent} %`
  return `Dense ${spec.units} · ${spec.activation}`
}

/** 'c8x3r-m2-f64r': one part per layer, its type first. */
export function layersToText(layers: readonly LayerSpec[]): string {
  return layers
    .map((spec) => {
      if (spec.type === 'conv') {
        return `c${spec.filters}x${spec.size}${spec.same ? 'p' : ''}${ACTIVATIONS[spec.activation]}`
      }
      if (spec.type === 'pool') return `${spec.kind === 'max' ? 'm' : 'a'}${spec.size}`
      if (spec.type === 'dropout') return `d${spec.percent}`
      return `f${spec.units}${ACTIVATIONS[spec.activation]}`
    })
    .join('-')
}

const PARTS = {
  conv: /^c(\d{1,3})x(\d{1,2})(p?)([rtsl])$/,
  pool: /^([ma])(\d)$/,
  dropout: /^d(\d{1,2})$/,
  dense: /^f(\d{1,4})([rtsl])$/,
} as const

/** The layers that a text stands for; undefined where it stands for none. */
export function layersFromText(text: string): LayerSpec[] | undefined {
  const specs = text.split('-').map(layerFromText)
  return specs.length <= LIMITS.layers && specs.every((spec) => spec !== undefined) ? specs : undefined
}

function activationOf(letter: string): Activation {
  return (Object.keys(ACTIVATIONS) as Activation[]).find((name) => ACTIVATIONS[name] === letter) ?? 'relu'
}

function within(value: string, limit: number): number | undefined {
  const number = Number(value)
  return number >= 1 && number <= limit ? number : undefined
}

function layerFromText(part: string): LayerSpec | undefined {
  const conv = PARTS.conv.exec(part)
  if (conv !== null) {
    const [filters, size] = [within(conv[1]!, LIMITS.filters), within(conv[2]!, LIMITS.size)]
    if (filters === undefined || size === undefined) return undefined
    return { type: 'conv', filters, size, same: conv[3] === 'p', activation: activationOf(conv[4]!) }
  }
  const pool = PARTS.pool.exec(part)
  if (pool !== null) {
    const size = within(pool[2]!, LIMITS.pool)
    return size === undefined ? undefined : { type: 'pool', kind: pool[1] === 'm' ? 'max' : 'mean', size }
  }
  const dropout = PARTS.dropout.exec(part)
  if (dropout !== null) {
    const percent = within(dropout[1]!, LIMITS.percent)
    return percent === undefined ? undefined : { type: 'dropout', percent }
  }
  const dense = PARTS.dense.exec(part)
  const units = dense === null ? undefined : within(dense[1]!, LIMITS.units)
  return units === undefined ? undefined : { type: 'dense', units, activation: activationOf(dense![2]!) }
}
