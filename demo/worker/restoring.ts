/** A network out of a state that was kept. What reads models is loaded when it is first wanted. */

import { io, type LayersModel, loadLayersModel } from 'quadlane'
import type { State } from './timeline.ts'

export function restored({ artifacts }: Pick<State, 'artifacts'>, seed: number): Promise<LayersModel> {
  return loadLayersModel(io.fromMemory(artifacts), { seed })
}
