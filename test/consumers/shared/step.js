/**
 * What every consumer does: a training step of LeNet-5 with the baseline build, whose loss has the same bits everywhere,
 * and one with whatever build and threads the machine offers.
 */

async function epoch({ data, zoo }) {
  const model = zoo.lenet5({ seed: 1 })
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
  const { history } = await model.fit(data.syntheticDigits({ count: 64, seed: 1 }), { batchSize: 32, epochs: 1 })
  return history.loss[0]
}

export async function step(quadlane, options = {}) {
  const { info, init, shutdown } = quadlane
  const begun = performance.now()
  await init({ ...options, simd: 'baseline', threads: 1 })
  const loss = await epoch(quadlane)
  shutdown()
  await init(options)
  await epoch(quadlane)
  const { build, threads, reason } = info()
  shutdown()
  return { loss, build, threads, reason, ms: Math.round(performance.now() - begun) }
}

/** Runs the step and says how it went: on the console, or to the page that started this worker. */
export async function report(quadlane, options) {
  const result = await step(quadlane, options).catch((error) => ({ error: `${error?.stack ?? error}` }))
  const inWorker = typeof WorkerGlobalScope !== 'undefined' && globalThis instanceof WorkerGlobalScope
  // Deno's main thread looks like a worker's, but there is no one to post to.
  if (inWorker && typeof postMessage === 'function') postMessage(result)
  else console.log(`RESULT ${JSON.stringify(result)}`)
}
