/** A worker that saves a model under each URL it is given, and answers with what came of it. */

import { zoo } from '../../src/exports.ts'
import { init } from '../../src/init.ts'

globalThis.onmessage = async ({ data: urls }: MessageEvent<readonly string[]>) => {
  await init({ threads: 1 })
  const model = zoo.lenet5({ seed: 1 })
  const results = urls.map((url) =>
    model.save(url).then(
      () => 'saved',
      (error: Error) => `${error.name}: ${error.message}`,
    ),
  )
  globalThis.postMessage(await Promise.all(results))
}
