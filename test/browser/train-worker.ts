/** A worker of a page that trains: the loss curve, on as many threads as it is told. */

import { type LossCurve, lossCurve } from '../helpers/loss-curve.ts'
import { helpersChunks, untilHelpersWork } from '../helpers/threads.ts'

export interface Trained {
  readonly curve: LossCurve
  readonly helped: boolean
  readonly hasDocument: boolean
}

globalThis.onmessage = async ({ data: threads }: MessageEvent<number>) => {
  let helped = false
  const ready = async (): Promise<void> => {
    await untilHelpersWork()
    helped = helpersChunks() > 0
  }
  const curve = await lossCurve('row', threads, threads > 1 ? ready : undefined)
  globalThis.postMessage({ curve, helped, hasDocument: typeof document !== 'undefined' } satisfies Trained)
}
