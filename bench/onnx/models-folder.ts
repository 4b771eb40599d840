/** The folder from which ONNX Runtime reads its models, in Node and in pages. */

import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { onnxFiles } from './models.ts'

export const MODELS = fileURLToPath(new URL('../../build/bench', import.meta.url))

export async function writeModels(): Promise<void> {
  await mkdir(MODELS, { recursive: true })
  for (const [name, bytes] of Object.entries(onnxFiles())) await writeFile(`${MODELS}/${name}`, bytes)
}
