import { report } from './step.js'

report(globalThis.quadlane)
