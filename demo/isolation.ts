/**
 * Threads need a page that is cross-origin isolated. Where the host does not send the headers for that, a service worker
 * adds them; the page is loaded again, once, for them to count. Where that fails, too, quadlane runs one thread.
 */

const TRIED = 'quadlane-demo-isolation'
/** Milliseconds to wait for the service worker. */
const PATIENCE = 2000

export async function isolate(): Promise<void> {
  if (crossOriginIsolated) {
    sessionStorage.removeItem(TRIED)
    return
  }
  if (!isSecureContext || !('serviceWorker' in navigator) || sessionStorage.getItem(TRIED) !== null) return
  if (!(await installWorker())) return
  sessionStorage.setItem(TRIED, 'yes')
  location.reload()
  // Nothing is to begin on the page that goes.
  await new Promise(() => {})
}

/** Whether there is a service worker now; private windows refuse, and some never answer. */
async function installWorker(): Promise<boolean> {
  try {
    await navigator.serviceWorker.register(new URL('isolation-worker.js', document.baseURI))
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE))
    return (await Promise.race([navigator.serviceWorker.ready, late])) !== undefined
  } catch {
    return false
  }
}
