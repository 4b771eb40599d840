/**
 * How a platform starts helper threads. `#threads` is the one that runs; package.json chooses. It is apart from `#platform`
 * for a page to load it with the pool, and not where one thread computes.
 */

/** A helper thread. */
export interface ThreadHandle {
  terminate(): void
}

/**
 * Starts a helper thread on what `runtime/pool-worker` is bundled to, or on a file that holds the same, and tells why
 * where it fails; undefined where there are no threads. It does not keep the process alive.
 */
export type StartThread = (
  source: string | URL,
  start: object,
  onTrouble: (reason: string) => void,
) => ThreadHandle | undefined
