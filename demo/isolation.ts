/**
 * Threads need a page that is cross-origin isolated. Where the host does not send the headers for that, a service worker
 * adds them; the page is loaded again, once, for them to count. Where that fails, too, quadlane runs one thread.
 */

const TRIED = 'quadlane-demo-isolation'

export async function isolate(): Promise<void> {
  if (crossOriginIsolated) {
    sessionStorage.removeItem(TRIED)
    return
  }
  if (!isSecureContext || !('serviceWorker' in navigator) || sessionStorage.getItem(TRIED) !== null) return
  try {
    await navigator.serviceWorker.register(new URL('isolation-worker.js', document.baseURI))
    await navigator.serviceWorker.ready
    sessionStorage.setItem(TRIED, 'yes')
    location.reload()
    await new Promise(() => {})
  } catch {
    // Private windows may refuse: one thread, then.
  }
}
