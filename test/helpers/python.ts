/** Python with some modules, for what is compared with PyTorch and h5py. */

import { execFileSync } from 'node:child_process'

/** Debian's, whose packages the modules are. */
const PYTHON = '/usr/bin/python3'

/** Whether Python has the modules; if not, that is said once. */
export function hasPython(...modules: readonly string[]): boolean {
  try {
    execFileSync(PYTHON, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' })
    return true
  } catch {
    console.log(`skipped: what needs Python's ${modules.join(' and ')}, which ${PYTHON} does not have`)
    return false
  }
}

/** Runs a script and returns what it prints. */
export function python(
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): string {
  const given = script.includes('\n') ? ['-c', script, ...args] : [script, ...args]
  return execFileSync(PYTHON, given, { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 2 ** 28 })
}
