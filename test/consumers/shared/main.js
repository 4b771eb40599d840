import { data, info, init, shutdown, zoo } from 'quadlane'
import { report } from './step.js'

report({ data, info, init, shutdown, zoo })
