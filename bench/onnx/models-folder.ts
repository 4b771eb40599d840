/** The folder from which ONNX Runtime and TensorFlow.js read models, in Node and in pages. */

import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { init, shutdown, zoo } from '../../src/index.node.ts'
import { NETWORKS } from '../shared/work.mjs'
import { onnxFiles } from './models.ts'

export const MODELS = fileURLToPath(new URL('../../build/bench', import.meta.url))

export async function writeModels(): Promise<void> {
  await mkdir(MODELS, { recursive: true })
  for (const [name, bytes] of Object.entries(onnxFiles())) await writeFile(`${MODELS}/${name}`, bytes)
  await init({ threads: 1 })
  // As quadlane itself writes it, for both.
  const { inputShape, classes } = NETWORKS.mobilenet224
  const model = zoo.mobileNet({ inputShape, classes, alpha: 0.25, seed: 1 })
  await model.save(`file://${MODELS}/mobilenet.onnx`)
  await model.save(`file://${MODELS}/mobilenet`)
  shutdown()
}
