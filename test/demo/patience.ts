/**
 * Time enough for a page whose processors have other work as well: what is waited for is a state, however long it takes
 * to come, and a fault is a state that never does.
 */

import { vi } from 'vitest'

/** Milliseconds to wait for a state of the page. */
export const PATIENCE = 90_000

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000, expect: { poll: { timeout: PATIENCE, interval: 100 } } })
