/** What TF.js has and quadlane has not: an import of it is a function that says so, and what to use instead. */

import { StateError } from '../errors.ts'

type Absent = (...args: unknown[]) => never

function absent(name: string, instead: string): Absent {
  return () => {
    throw new StateError({
      who: name,
      expected: 'a function of quadlane',
      received: `one of TF.js alone: quadlane has no ${name}`,
      hint: instead,
    })
  }
}

const VOLUMES = 'images have two axes here: take slices of the volume as a batch, and 2-D ops'
const COMPLEX = 'keep real and imaginary parts in two tensors'
const STRINGS = 'map texts to integers in JavaScript first'
const SPARSE = 'use dense tensors, with scatterND and unsortedSegmentSum'
const SIGNALS = 'compute spectra with another library, and give them as tensors'
const RECURRENT = 'use conv1d over the steps'
const BACKENDS = 'there is one backend, which info() describes'
const WEIGHTS = 'load and save whole models, whose weights getWeights and setWeights give and take'
const HANDLERS = 'pass a handler, { load } or { save }, where a URL may stand'
const ARTIFACTS = 'save to io.withSaveHandler, which is given the artifacts'
const MATRICES = 'solve in float64 with a linear algebra library'

export const avgPool3d: Absent = /* @__PURE__ */ absent('avgPool3d', VOLUMES)
export const maxPool3d: Absent = /* @__PURE__ */ absent('maxPool3d', VOLUMES)
export const conv3d: Absent = /* @__PURE__ */ absent('conv3d', VOLUMES)
export const conv3dTranspose: Absent = /* @__PURE__ */ absent('conv3dTranspose', VOLUMES)
export const complex: Absent = /* @__PURE__ */ absent('complex', COMPLEX)
export const real: Absent = /* @__PURE__ */ absent('real', COMPLEX)
export const imag: Absent = /* @__PURE__ */ absent('imag', COMPLEX)
export const fft: Absent = /* @__PURE__ */ absent('fft', SIGNALS)
export const ifft: Absent = /* @__PURE__ */ absent('ifft', SIGNALS)
export const rfft: Absent = /* @__PURE__ */ absent('rfft', SIGNALS)
export const irfft: Absent = /* @__PURE__ */ absent('irfft', SIGNALS)
export const cosineWindow: Absent = /* @__PURE__ */ absent('cosineWindow', SIGNALS)
export const basicLSTMCell: Absent = /* @__PURE__ */ absent('basicLSTMCell', RECURRENT)
export const multiRNNCell: Absent = /* @__PURE__ */ absent('multiRNNCell', RECURRENT)
export const dilation2d: Absent = /* @__PURE__ */ absent('dilation2d', "use pool(x, size, 'max') for a flat structure")
export const bitwiseAnd: Absent = /* @__PURE__ */ absent('bitwiseAnd', 'compute it in JavaScript from dataSync()')
export const randomGamma: Absent = /* @__PURE__ */ absent('randomGamma', 'use randomNormal or randomUniform')
export const raggedGather: Absent = /* @__PURE__ */ absent('raggedGather', SPARSE)
export const raggedRange: Absent = /* @__PURE__ */ absent('raggedRange', SPARSE)
export const raggedTensorToTensor: Absent = /* @__PURE__ */ absent('raggedTensorToTensor', SPARSE)
export const broadcastArgs: Absent = /* @__PURE__ */ absent('broadcastArgs', 'compute the shape in JavaScript')
export const sparseToDense: Absent = /* @__PURE__ */ absent('sparseToDense', 'use scatterND')
export const backend: Absent = /* @__PURE__ */ absent('backend', BACKENDS)
export const findBackendFactory: Absent = /* @__PURE__ */ absent('findBackendFactory', BACKENDS)
export const findBackend: Absent = /* @__PURE__ */ absent('findBackend', BACKENDS)
export const registerBackend: Absent = /* @__PURE__ */ absent('registerBackend', BACKENDS)
export const removeBackend: Absent = /* @__PURE__ */ absent('removeBackend', BACKENDS)
export const registerKernel: Absent = /* @__PURE__ */ absent(
  'registerKernel',
  'compose ops, with customGrad for the gradient',
)
export const registerGradient: Absent = /* @__PURE__ */ absent('registerGradient', 'use customGrad')
export const setPlatform: Absent = /* @__PURE__ */ absent('setPlatform', BACKENDS)
export const enableDebugMode: Absent = /* @__PURE__ */ absent('enableDebugMode', 'use profile(f) to see the kernels')
export const disposeVariables: Absent = /* @__PURE__ */ absent(
  'disposeVariables',
  'call dispose(variables) with your own',
)
export const loadGraphModel: Absent = /* @__PURE__ */ absent(
  'loadGraphModel',
  'load the layers model that it was made from',
)

/** In the namespace `browser`. */
export const draw: Absent = /* @__PURE__ */ absent('browser.draw', 'use browser.toPixels(image, canvas)')

/** The namespaces of which quadlane has nothing. */
export const linalg = {
  bandPart: /* @__PURE__ */ absent('linalg.bandPart', MATRICES),
  gramSchmidt: /* @__PURE__ */ absent('linalg.gramSchmidt', MATRICES),
  qr: /* @__PURE__ */ absent('linalg.qr', MATRICES),
}
export const spectral = { fft, ifft, rfft, irfft }
export const signal = {
  frame: /* @__PURE__ */ absent('signal.frame', SIGNALS),
  hammingWindow: /* @__PURE__ */ absent('signal.hammingWindow', SIGNALS),
  hannWindow: /* @__PURE__ */ absent('signal.hannWindow', SIGNALS),
  stft: /* @__PURE__ */ absent('signal.stft', SIGNALS),
}
export const sparse = {
  sparseFillEmptyRows: /* @__PURE__ */ absent('sparse.sparseFillEmptyRows', SPARSE),
  sparseReshape: /* @__PURE__ */ absent('sparse.sparseReshape', SPARSE),
  sparseSegmentMean: /* @__PURE__ */ absent('sparse.sparseSegmentMean', SPARSE),
  sparseSegmentSum: /* @__PURE__ */ absent('sparse.sparseSegmentSum', SPARSE),
}
export const string = {
  staticRegexReplace: /* @__PURE__ */ absent('string.staticRegexReplace', STRINGS),
  stringNGrams: /* @__PURE__ */ absent('string.stringNGrams', STRINGS),
  stringSplit: /* @__PURE__ */ absent('string.stringSplit', STRINGS),
  stringToHashBucketFast: /* @__PURE__ */ absent('string.stringToHashBucketFast', STRINGS),
}

/** In the namespace `io`. */
export const decodeWeightsStream: Absent = /* @__PURE__ */ absent('io.decodeWeightsStream', WEIGHTS)
export const fromMemorySync: Absent = /* @__PURE__ */ absent('io.fromMemorySync', 'use io.fromMemory')
export const getLoadHandlers: Absent = /* @__PURE__ */ absent('io.getLoadHandlers', HANDLERS)
export const getModelArtifactsForJSON: Absent = /* @__PURE__ */ absent('io.getModelArtifactsForJSON', ARTIFACTS)
export const getModelArtifactsForJSONSync: Absent = /* @__PURE__ */ absent('io.getModelArtifactsForJSONSync', ARTIFACTS)
export const getSaveHandlers: Absent = /* @__PURE__ */ absent('io.getSaveHandlers', HANDLERS)
export const getWeightSpecs: Absent = /* @__PURE__ */ absent('io.getWeightSpecs', ARTIFACTS)
export const loadWeights: Absent = /* @__PURE__ */ absent('io.loadWeights', WEIGHTS)
export const registerLoadRouter: Absent = /* @__PURE__ */ absent('io.registerLoadRouter', HANDLERS)
export const registerSaveRouter: Absent = /* @__PURE__ */ absent('io.registerSaveRouter', HANDLERS)
export const weightsLoaderFactory: Absent = /* @__PURE__ */ absent('io.weightsLoaderFactory', WEIGHTS)
export const withSaveHandlerSync: Absent = /* @__PURE__ */ absent('io.withSaveHandlerSync', 'use io.withSaveHandler')

/** In the namespace `util`. */
export const bytesFromStringArray: Absent = /* @__PURE__ */ absent('util.bytesFromStringArray', STRINGS)
export const convertBackendValuesAndArrayBuffer: Absent = /* @__PURE__ */ absent(
  'util.convertBackendValuesAndArrayBuffer',
  BACKENDS,
)
export const createScalarValue: Absent = /* @__PURE__ */ absent('util.createScalarValue', 'use scalar')
export const fingerPrint64: Absent = /* @__PURE__ */ absent('util.fingerPrint64', 'hash with another library')
export const getTypedArrayFromDType: Absent = /* @__PURE__ */ absent(
  'util.getTypedArrayFromDType',
  'use util.getArrayFromDType',
)
export const hexToLong: Absent = /* @__PURE__ */ absent('util.hexToLong', 'use BigInt')

export const registerCallbackConstructor: Absent = /* @__PURE__ */ absent(
  'registerCallbackConstructor',
  'give callbacks to fit',
)
