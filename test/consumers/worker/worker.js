import { data, info, init, shutdown, zoo } from './quadlane.min.js'
import { report } from './step.js'

report({ data, info, init, shutdown, zoo })
