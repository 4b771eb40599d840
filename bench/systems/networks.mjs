/** Networks besides LeNet in quadlane: training steps, predictions, and a head on a MobileNet whose front is frozen. */

import { NETWORKS, TRANSFER, values } from '../shared/work.mjs'

/** @typedef {typeof import('quadlane')} Quadlane */
/** @typedef {keyof typeof NETWORKS} NetworkName */

/** @param {Quadlane} ql @param {NetworkName} name */
function build(ql, name) {
  const { inputShape, classes } = NETWORKS[name]
  const args = { inputShape, classes, seed: 1 }
  if (name === 'cifarnet') return ql.zoo.cifarNet(args)
  return name === 'resnet20' ? ql.zoo.resNet({ ...args, depth: 20 }) : ql.zoo.mobileNet({ ...args, alpha: 0.25 })
}

/** One-hot rows. @param {number} count @param {number} classes */
export function classRows(count, classes) {
  const out = new Float32Array(count * classes)
  for (let i = 0; i < count; i++) out[i * classes + ((i * 7) % classes)] = 1
  return out
}

/** @param {Quadlane} ql @param {NetworkName} name */
export function trainNetwork(ql, name) {
  const { batch, inputShape, classes } = NETWORKS[name]
  const model = build(ql, name)
  model.compile({ optimizer: ql.train.adam(0.001), loss: 'categoricalCrossentropy' })
  const shape = [batch, ...inputShape]
  const [x, y] = [ql.tensor(values(shape, 1), shape), ql.tensor(classRows(batch, classes), [batch, classes])]
  return { run: async () => void (await model.trainOnBatch(x, y)) }
}

/** @param {Quadlane} ql @param {NetworkName} name @param {number} batch */
export function predictNetwork(ql, name, batch) {
  const model = build(ql, name)
  const shape = [batch, ...NETWORKS[name].inputShape]
  const x = ql.tensor(values(shape, 1), shape)
  const run = () => {
    const y = /** @type {import('quadlane').Tensor} */ (model.predictOnBatch(x))
    y.dataSync()
    y.dispose()
  }
  return { run }
}

/** A head on a frozen MobileNet, from the first image to the last epoch. @param {Quadlane} ql */
export function trainHead(ql) {
  const { images, inputShape, classes, epochs, batch, units } = TRANSFER
  const shape = [images, ...inputShape]
  const [x, y] = [values(shape, 1), classRows(images, classes)]
  const run = async () => {
    const base = ql.zoo.mobileNet({ inputShape, alpha: 0.25, includeTop: false, seed: 1 })
    base.trainable = false
    const model = ql.sequential({
      seed: 1,
      layers: [
        base,
        ql.layers.globalAveragePooling2d(),
        ql.layers.dense({ units, activation: 'relu' }),
        ql.layers.dense({ units: classes, activation: 'softmax' }),
      ],
    })
    model.compile({ optimizer: ql.train.adam(0.001), loss: 'categoricalCrossentropy' })
    const [xs, ys] = [ql.tensor(x, shape), ql.tensor(y, [images, classes])]
    await model.fit(xs, ys, { epochs, batchSize: batch })
    ql.dispose([xs, ys, model])
  }
  return { run }
}
