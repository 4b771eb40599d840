// The page may run no script but its own files: its policy stands in index.html.
import { data, info, init, shutdown, zoo } from './quadlane.min.js'
import { report } from './step.js'

report({ data, info, init, shutdown, zoo }, { wasm: './wasm/' })
