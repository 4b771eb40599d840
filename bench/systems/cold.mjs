/**
 * The time in ms from before `import('quadlane')` to the end of the first training step, in this new process, as a line
 * of JSON: `node bench/systems/cold.mjs '{"model": "lenet", "batch": 128, "threads": 1, "simd": "baseline"}'`.
 */

import { labels, values } from '../shared/work.mjs'

const { model: name, batch, threads, simd } = JSON.parse(process.argv[2] ?? '{}')
const [images, targets] = [values([batch, 28, 28, 1], 1), labels(batch)]

const start = performance.now()
const ql = await import('quadlane')
await ql.init({ threads, simd })
const model = ql.zoo[/** @type {'lenet'} */ (name)]({ seed: 1 })
model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
await model.trainOnBatch(ql.tensor(images, [batch, 28, 28, 1]), ql.tensor(targets, [batch, 10]))
console.log(JSON.stringify({ ms: performance.now() - start }))
process.exit(0)
