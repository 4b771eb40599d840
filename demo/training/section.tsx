/** The top of the page: what this is, the button that starts it, and the curves. */

import { useEffect, useRef } from 'preact/hooks'
import { watchStart } from '../page/header.tsx'
import { view } from '../sharing/state.ts'
import { Controls, Status } from './controls.tsx'
import { Curves } from './curves.tsx'
import { DiagnosisNote } from './diagnosis-note.tsx'
import { Figures } from './figures.tsx'
import { Rewind } from './rewind.tsx'
import { RunBefore } from './run-before.tsx'
import { SettingsForm } from './settings-form.tsx'
import { Wall } from './wall.tsx'

export function TrainingSection() {
  const controls = useRef<HTMLDivElement>(null)
  useEffect(() => watchStart(controls.current!), [])
  return (
    <section id="train" aria-labelledby="train-title">
      <div class="hero">
        <div class="hero-text">
          <h1 id="train-title" tabIndex={-1}>
            Watch LeNet learn
          </h1>
          <p class="lead">
            A small convolutional network learns to read handwritten digits: in this page, on your own processor, from
            nothing. No data leaves it.
          </p>
          <div ref={controls}>
            <Controls />
          </div>
          <Status />
          <DiagnosisNote />
          {!view.value.plain && <SettingsForm />}
          <RunBefore />
        </div>
        <Wall />
      </div>
      <Curves />
      <Rewind />
      <Figures />
    </section>
  )
}
