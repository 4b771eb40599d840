/** This machine, as records and pages name it. */

import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { significant } from './compare.ts'
import type { Machine } from './results.ts'

/** To be asked before anything is timed: the load is that of others then. */
export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${platform()} ${release()}, ${arch()}`,
    load: significant(loadavg()[0]!),
  }
}
