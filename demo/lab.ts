/** The worker as the page sees it: every call is a message, every answer a promise. */

import { type Remote, wrap } from 'comlink'
import type { Lab } from './worker/lab.ts'

export const lab: Remote<Lab> = wrap<Lab>(new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module' }))
