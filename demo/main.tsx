/** Starts the page. */

import { render } from 'preact'
import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/source-serif-4/index.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/training.css'
import './styles/drawing.css'
import './styles/network.css'
import './styles/test-set.css'
import './styles/lecture.css'
import { App } from './app.tsx'
import { watchDrawing } from './drawing/state.ts'
import { acceptDrops } from './files/drop.ts'
import { isolate } from './isolation.ts'
import { watchArithmetic } from './lecture/state.ts'
import { listen, open } from './training/state.ts'

render(<App />, document.getElementById('app')!)
await isolate()
await listen()
watchDrawing()
watchArithmetic()
acceptDrops()
await open()
