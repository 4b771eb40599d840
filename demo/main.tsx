/** Starts the page. */

import { render } from 'preact'
import '@fontsource-variable/inter/index.css'
import '@fontsource/source-serif-4/600.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/training.css'
import './styles/drawing.css'
import './styles/network.css'
import './styles/test-set.css'
import './styles/lecture.css'
import './styles/digit.css'
import './styles/builder.css'
import './styles/own.css'
import { App } from './app.tsx'
import { watchBuilder } from './builder/builder.tsx'
import { watchDigit } from './digit/state.ts'
import { watchDrawing } from './drawing/state.ts'
import { acceptDrops } from './files/drop.ts'
import { isolate } from './isolation.ts'
import { watchArithmetic } from './lecture/state.ts'
import { openFirst } from './sharing/state.ts'
import { watchLeaving } from './training/keeping.ts'
import { listen } from './training/state.ts'

render(<App />, document.getElementById('app')!)
await isolate()
await listen()
watchDrawing()
watchDigit()
watchArithmetic()
watchBuilder()
acceptDrops()
watchLeaving()
await openFirst()
