/** The state of the page in its address: what is trained and how, what is looked at, and what is shown. */

import { layersFromText, layersToText } from '../builder/layers.ts'
import {
  BATCH_SIZES,
  DEFAULTS,
  LEARNING_RATES,
  NETWORKS,
  type NetworkName,
  OPTIMIZERS,
  type OptimizerName,
  type Settings,
} from '../settings.ts'

/** The parts of the page, as an address names them. */
export const PARTS = {
  train: 'Train',
  draw: 'Draw',
  network: 'Inside',
  test: 'Test',
  arithmetic: 'By hand',
  own: 'Yours',
  model: 'Model',
} as const
export type PartName = keyof typeof PARTS

export interface View {
  /** The parts that are shown; all where undefined. */
  readonly parts?: readonly PartName[]
  /** Whether settings, reset and files are hidden. */
  readonly plain: boolean
  /** The map that is looked at closely. */
  readonly look?: readonly [stage: number, map: number]
}

export interface Address {
  readonly settings: Settings
  readonly view: View
  /** Whether it says anything of the settings. */
  readonly isExplicit: boolean
}

function oneOf<Value>(wanted: Value, allowed: readonly Value[]): Value | undefined {
  return allowed.includes(wanted) ? wanted : undefined
}

function wholeBetween(text: string | null, min: number, max: number): number | undefined {
  const number = text === null || !/^\d+$/.test(text) ? Number.NaN : Number(text)
  return number >= min && number <= max ? number : undefined
}

/** What an address says; what it says wrongly counts as not said. */
export function readAddress(search: string): Address {
  const query = new URLSearchParams(search)
  const layers = layersFromText(query.get('layers') ?? '')
  const network = oneOf(query.get('network') as NetworkName, Object.keys(NETWORKS) as NetworkName[])
  const found: Partial<Record<keyof Settings, unknown>> = {
    network: network === 'own' && layers === undefined ? undefined : network,
    layers,
    optimizer: oneOf(query.get('optimizer') as OptimizerName, Object.keys(OPTIMIZERS) as OptimizerName[]),
    learningRate: oneOf<number>(Number(query.get('rate')), LEARNING_RATES),
    batchSize: oneOf<number>(Number(query.get('batch')), BATCH_SIZES),
    epochs: wholeBetween(query.get('epochs'), 1, 50),
    seed: wholeBetween(query.get('seed'), 0, 999_999),
  }
  const given = Object.entries(found).filter(([, value]) => value !== undefined)
  const settings = { ...DEFAULTS, ...(Object.fromEntries(given) as Partial<Settings>) }
  const named = query.get('show')?.split(',') ?? []
  const parts = (Object.keys(PARTS) as PartName[]).filter((part) => named.includes(part))
  const look = /^(\d{1,3})\.(\d{1,4})$/.exec(query.get('look') ?? '')
  return {
    settings,
    isExplicit: given.length > 0,
    view: {
      plain: query.get('controls') === 'off',
      ...(parts.length > 0 ? { parts } : {}),
      ...(look === null ? {} : { look: [Number(look[1]) - 1, Number(look[2]) - 1] as const }),
    },
  }
}

/** The part of an address behind the path; empty where all is as it comes. */
export function writeAddress(settings: Settings, { parts, plain, look }: View): string {
  const pieces: string[] = []
  const add = (name: string, value: string | number, usual?: string | number) => {
    if (value !== usual) pieces.push(`${name}=${value}`)
  }
  add('network', settings.network, DEFAULTS.network)
  if (settings.network === 'own') add('layers', layersToText(settings.layers))
  add('optimizer', settings.optimizer, DEFAULTS.optimizer)
  add('rate', settings.learningRate, DEFAULTS.learningRate)
  add('batch', settings.batchSize, DEFAULTS.batchSize)
  add('epochs', settings.epochs, DEFAULTS.epochs)
  add('seed', settings.seed, DEFAULTS.seed)
  if (look !== undefined && (look[0] > 0 || look[1] > 0)) add('look', `${look[0] + 1}.${look[1] + 1}`)
  if (parts !== undefined) add('show', parts.join(','))
  if (plain) add('controls', 'off')
  return pieces.length === 0 ? '' : `?${pieces.join('&')}`
}
