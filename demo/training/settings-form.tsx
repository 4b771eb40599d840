/** What to train, on what, and how. Folded away until wanted; fixed while there is something to lose. */

import { Builder } from '../builder/builder.tsx'
import { NumberField, Numbers, Select } from '../page/fields.tsx'
import {
  BATCH_SIZES,
  LEARNING_RATES,
  NETWORKS,
  type NetworkName,
  OPTIMIZERS,
  type OptimizerName,
  type Settings,
} from '../settings.ts'
import { busy } from '../test-set/state.ts'
import { DataSource, settingsOpen } from './data-source.tsx'
import { choose, isFresh, phase, settings } from './state.ts'

const MOST_THREADS = 16

function summaryText({ network, data, optimizer, learningRate, batchSize, seed }: Settings): string {
  const images = data === 'mnist' ? 'MNIST' : 'built-in digits'
  return `${network}, ${images}, ${OPTIMIZERS[optimizer]} ${learningRate}, batches of ${batchSize}, seed ${seed}`
}

export function SettingsForm() {
  const chosen = settings.value
  const fixed = busy.value !== undefined || (!isFresh.value && phase.value !== 'failed')
  return (
    <details
      class="settings"
      open={settingsOpen.value}
      onToggle={(event) => (settingsOpen.value = event.currentTarget.open)}
    >
      <summary>
        <span class="settings-title">Settings</span> <span class="quiet">{summaryText(chosen)}</span>
      </summary>
      <fieldset disabled={fixed}>
        <legend class="visually-hidden">Settings</legend>
        <Select
          label="Network"
          value={chosen.network}
          options={NETWORKS}
          pick={(network: NetworkName) => choose({ network })}
        />
        {chosen.network === 'own' && <Builder />}
        <Select
          label="Optimizer"
          value={chosen.optimizer}
          options={OPTIMIZERS}
          pick={(optimizer: OptimizerName) => choose({ optimizer })}
        />
        <Numbers
          label="Learning rate"
          value={chosen.learningRate}
          options={LEARNING_RATES}
          pick={(learningRate) => choose({ learningRate })}
        />
        <Numbers
          label="Batch size"
          value={chosen.batchSize}
          options={BATCH_SIZES}
          pick={(batchSize) => choose({ batchSize })}
        />
        <NumberField label="Epochs" value={chosen.epochs} min={1} max={50} pick={(epochs) => choose({ epochs })} />
        <NumberField label="Seed" value={chosen.seed} min={0} max={999_999} pick={(seed) => choose({ seed })} />
        <Threads />
      </fieldset>
      <DataSource fixed={fixed} />
      {fixed && <p class="quiet">Reset to change these.</p>}
    </details>
  )
}

function Threads() {
  const most = Math.min(MOST_THREADS, Math.max(2, navigator.hardwareConcurrency))
  const counts = Array.from({ length: most }, (_, i) => [`${i + 1}`, `${i + 1}`])
  const options: Record<string, string> = { auto: 'Automatic', ...Object.fromEntries(counts) }
  const pick = (name: string) => choose({ threads: name === 'auto' ? 'auto' : Number(name) })
  return <Select label="Threads" value={String(settings.value.threads)} options={options} pick={pick} />
}
