/**
 * How a platform starts helper threads. `#threads` is the one that runs; package.json chooses.
 */

/** A helper thread. */
export interface ThreadHandle {
  send(message: object): void
  terminate(): void
}

/**
 * Starts a helper thread on what `runtime/pool-worker` is bundled to, or on a file that holds the same, sends it `start`,
 * and tells why where it fails; undefined where there are no threads. It does not keep the process alive.
 */
export type StartThread = (
  source: string | URL,
  start: object,
  onTrouble: (reason: string) => void,
) => ThreadHandle | undefined
