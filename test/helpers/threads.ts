/** Helper threads in tests: whether they work. */

import { matMul } from '../../src/ops/matmul.ts'
import { randomNormal } from '../../src/ops/random.ts'
import { runtime } from '../../src/runtime/runtime.ts'
import { tidy } from '../../src/tensor.ts'

/** Chunks that threads other than the calling one have computed. */
export function helpersChunks(): number {
  return runtime('test')
    .chunksByThread.slice(1)
    .reduce((sum, chunks) => sum + chunks, 0)
}

/** Helpers start while the first kernels run already; a test of threads waits until they have come. */
export async function untilHelpersWork(): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    tidy(() => matMul(randomNormal([512, 512]), randomNormal([512, 512])))
    if (helpersChunks() > 0) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`no helper came to work: chunks ${runtime('test').chunksByThread.join(', ')}`)
}
