import { describe, expect, it } from 'vitest'
import { type LayerSpec, layersFromText, layersToText } from '../../demo/builder/layers.ts'
import { DEFAULTS } from '../../demo/settings.ts'
import { readAddress, writeAddress } from '../../demo/sharing/address.ts'

const LAYERS: readonly LayerSpec[] = [
  { type: 'conv', filters: 8, size: 5, same: true, activation: 'tanh' },
  { type: 'pool', kind: 'mean', size: 2 },
  { type: 'dropout', percent: 25 },
  { type: 'dense', units: 120, activation: 'sigmoid' },
]

describe('layersToText', () => {
  it('can be read again', () => {
    expect(layersToText(LAYERS)).toBe('c8x5pt-a2-d25-f120s')
    expect(layersFromText('c8x5pt-a2-d25-f120s')).toEqual(LAYERS)
  })

  it.for(['', 'c8', 'c8x3q', 'c999x3r', 'm0', 'f5000r', 'd99', 'x', 'c8x3r--m2', `${'m1-'.repeat(16)}m1`])(
    'refuses %s',
    (text) => expect(layersFromText(text)).toBeUndefined(),
  )
})

describe('the address', () => {
  it('is empty where all is as it comes', () => {
    expect(writeAddress(DEFAULTS, { plain: false })).toBe('')
    expect(readAddress('')).toEqual({ settings: DEFAULTS, isExplicit: false, view: { plain: false } })
  })

  it('holds settings, the map that is looked at, and what is shown', () => {
    const settings = {
      ...DEFAULTS,
      network: 'own',
      layers: LAYERS,
      optimizer: 'sgd',
      learningRate: 0.1,
      seed: 9,
    } as const
    const view = { parts: ['train', 'network'], plain: true, look: [1, 13] } as const
    const address = writeAddress(settings, view)
    expect(address).toBe(
      '?network=own&layers=c8x5pt-a2-d25-f120s&optimizer=sgd&rate=0.1&seed=9&look=2.14&show=train,network&controls=off',
    )
    expect(readAddress(address)).toEqual({ settings, view, isExplicit: true })
  })

  it('takes what it cannot read as not said', () => {
    const { settings, isExplicit, view } = readAddress(
      '?network=constructor&optimizer=lion&rate=7&batch=33&epochs=0&seed=-1&look=x&show=nothing',
    )
    expect(settings).toEqual(DEFAULTS)
    expect(isExplicit).toBe(false)
    expect(view).toEqual({ plain: false })
    expect(readAddress('?network=own').settings.network).toBe('lenet')
  })
})
