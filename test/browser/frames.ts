/** Pages of their own for a test: frames with a Content-Security-Policy. */

interface Answer<T> {
  readonly result?: T
  readonly error?: { readonly name: string; readonly message: string }
  /** Errors and rejections that nobody handled. */
  readonly unhandled: readonly string[]
}

/**
 * Runs the body of an async function, in which `quadlane` is the library, in a page with this policy.
 * @returns what it returns, or the error that it throws
 */
export async function inPageWithPolicy<T>(policy: string, body: string): Promise<Answer<T>> {
  const frame = document.createElement('iframe')
  frame.srcdoc = `<!doctype html>
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <script>
      globalThis.__vitest_browser_runner__ = { wrapDynamicImport: (load) => load() }
      const unhandled = []
      addEventListener('error', ({ message }) => unhandled.push(message))
      addEventListener('unhandledrejection', ({ reason }) => unhandled.push(String(reason)))
    </script>
    <script type="module">
      const answer = {}
      try {
        const quadlane = await import('/src/index.ts')
        answer.result = await (async () => { ${body} })()
      } catch (error) {
        answer.error = { name: error.name, message: error.message }
      }
      setTimeout(() => parent.postMessage({ ...answer, unhandled }), 50)
    </script>`
  try {
    return await new Promise((resolve) => {
      addEventListener('message', function listen({ source, data }) {
        if (source !== frame.contentWindow) return
        removeEventListener('message', listen)
        resolve(data)
      })
      document.body.append(frame)
    })
  } finally {
    frame.remove()
  }
}
