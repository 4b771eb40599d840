/** The folder that quadlane keeps its downloads in, where each platform wants such things. */
import { homedir } from 'node:os'
import { posix, win32 } from 'node:path'

/** What the choice of the folder depends on. */
export interface CacheFolderInput {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly home: string
}

/**
 * `QUADLANE_CACHE` where it is set; else `quadlane` in `XDG_CACHE_HOME` (which the specification wants absolute), in
 * macOS's `Library/Caches` or in `~/.cache`; on Windows `quadlane\Cache` in `LOCALAPPDATA`.
 */
export function cacheFolder(
  { env, platform, home }: CacheFolderInput = { env: process.env, platform: process.platform, home: homedir() },
): string {
  if (env.QUADLANE_CACHE !== undefined && env.QUADLANE_CACHE !== '') return env.QUADLANE_CACHE
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA === undefined || env.LOCALAPPDATA === '' ? undefined : env.LOCALAPPDATA
    return win32.join(local ?? win32.join(home, 'AppData', 'Local'), 'quadlane', 'Cache')
  }
  if (env.XDG_CACHE_HOME !== undefined && posix.isAbsolute(env.XDG_CACHE_HOME)) {
    return posix.join(env.XDG_CACHE_HOME, 'quadlane')
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Caches', 'quadlane')
  return posix.join(home, '.cache', 'quadlane')
}
