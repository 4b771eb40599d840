/** The worker in which all of quadlane runs, so that the page stays free. */

import { expose } from 'comlink'
import { Lab } from './lab.ts'

expose(new Lab())
