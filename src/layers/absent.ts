/** Layers that TF.js has and quadlane has not: functions that say so, and what to use instead. */

import { StateError } from '../errors.ts'

type Absent = (args?: unknown) => never

function absent(name: string, instead: string): Absent {
  return () => {
    throw new StateError({
      who: `layers.${name}`,
      expected: 'a layer of quadlane',
      received: `one of TF.js alone: quadlane has no ${name}`,
      hint: instead,
    })
  }
}

const RECURRENT = "use conv1d with padding: 'causal' over the steps"
const VOLUMES = 'take slices of the volume as a batch, and 2-D layers'

export const bidirectional: Absent = /* @__PURE__ */ absent('bidirectional', RECURRENT)
export const convLstm2d: Absent = /* @__PURE__ */ absent('convLstm2d', RECURRENT)
export const convLstm2dCell: Absent = /* @__PURE__ */ absent('convLstm2dCell', RECURRENT)
export const gru: Absent = /* @__PURE__ */ absent('gru', RECURRENT)
export const gruCell: Absent = /* @__PURE__ */ absent('gruCell', RECURRENT)
export const lstm: Absent = /* @__PURE__ */ absent('lstm', RECURRENT)
export const lstmCell: Absent = /* @__PURE__ */ absent('lstmCell', RECURRENT)
export const rnn: Absent = /* @__PURE__ */ absent('rnn', RECURRENT)
export const simpleRNN: Absent = /* @__PURE__ */ absent('simpleRNN', RECURRENT)
export const simpleRNNCell: Absent = /* @__PURE__ */ absent('simpleRNNCell', RECURRENT)
export const stackedRNNCells: Absent = /* @__PURE__ */ absent('stackedRNNCells', RECURRENT)
export const timeDistributed: Absent = /* @__PURE__ */ absent(
  'timeDistributed',
  'dense works over the last axis of any input; otherwise reshape steps into the batch',
)
export const masking: Absent = /* @__PURE__ */ absent('masking', 'multiply by a mask that is an input of its own')
export const averagePooling3d: Absent = /* @__PURE__ */ absent('averagePooling3d', VOLUMES)
export const avgPool3d: Absent = /* @__PURE__ */ absent('avgPool3d', VOLUMES)
export const avgPooling3d: Absent = /* @__PURE__ */ absent('avgPooling3d', VOLUMES)
export const conv3d: Absent = /* @__PURE__ */ absent('conv3d', VOLUMES)
export const conv3dTranspose: Absent = /* @__PURE__ */ absent('conv3dTranspose', VOLUMES)
export const maxPooling3d: Absent = /* @__PURE__ */ absent('maxPooling3d', VOLUMES)
