/** The choice between the built-in digits and MNIST, which the user brings along or lets the page download. */

import { signal } from '@preact/signals'
import { FileButton } from '../files/file-button.tsx'
import { integer } from '../format.ts'
import { lab } from '../lab.ts'
import { Field, Select } from '../page/fields.tsx'
import type { DataName } from '../settings.ts'
import type { MnistSource } from '../worker/datasets.ts'
import { choose, isFresh, messageOf, settings } from './state.ts'

/** A copy of MNIST that lets pages of other hosts read it. */
const MNIST_URL = 'https://raw.githubusercontent.com/fgnt/mnist/master/'

const SOURCES = { digits: 'Built-in digits', mnist: 'MNIST' } as const

type MnistState = 'missing' | 'loading' | 'there'

const wanted = signal<DataName>('digits')
const state = signal<MnistState>('missing')
export const mnistMessage = signal('')
const url = signal(MNIST_URL)
/** Whether the settings are unfolded: what is said of MNIST stands there. */
export const settingsOpen = signal(false)

/** Reads the four files and starts over with them; whether they could be read. */
export async function loadMnist(source: MnistSource): Promise<boolean> {
  wanted.value = 'mnist'
  state.value = 'loading'
  mnistMessage.value = 'files' in source ? 'Reading the files …' : 'Downloading, 12 MB …'
  try {
    const { train, test } = await lab.loadMnist(source)
    state.value = 'there'
    const mend = isFresh.value ? '' : ' Reset to learn from them.'
    mnistMessage.value = `${integer(train)} images to learn from, ${integer(test)} to be tested on.${mend}`
    choose({ data: 'mnist' })
    return true
  } catch (error) {
    state.value = 'missing'
    mnistMessage.value = messageOf(error)
    return false
  }
}

function pick(name: DataName): void {
  wanted.value = name
  if (name === 'digits' || state.value === 'there') choose({ data: name })
}

export function DataSource({ fixed }: { readonly fixed: boolean }) {
  return (
    <fieldset class="data-source" disabled={fixed}>
      <legend class="visually-hidden">Images</legend>
      <Select label="Images" value={wanted.value} options={SOURCES} pick={pick} />
      {wanted.value === 'mnist' && settings.value.data !== 'mnist' && <MnistChoice />}
      <p class="quiet" role="status">
        {wanted.value === 'mnist' ? mnistMessage.value : '12,000 digits that quadlane draws itself.'}
      </p>
    </fieldset>
  )
}

function MnistChoice() {
  const loading = state.value === 'loading'
  return (
    <div class="mnist">
      <p>Drop the four files anywhere on this page, gzipped or not, or</p>
      <FileButton label="Choose the files" multiple take={(files) => void loadMnist({ files })} disabled={loading} />
      <Field label="or download them from">
        <input type="url" value={url.value} onChange={(event) => (url.value = event.currentTarget.value)} />
      </Field>
      <button type="button" class="button" disabled={loading} onClick={() => void loadMnist({ url: url.value })}>
        Download MNIST
      </button>
    </div>
  )
}
