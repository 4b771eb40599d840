const quadlane = require('quadlane')
const { loadKernels } = require('quadlane/kernels')
const { syntheticDigits } = require('quadlane/data')

if (typeof loadKernels !== 'function' || typeof syntheticDigits !== 'function') throw new Error('a subpath is missing')
import('./step.mjs').then(({ report }) => report(quadlane))
