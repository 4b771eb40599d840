/** The namespace `image`: pictures resized, cut, turned and recoloured. */

export { flipLeftRight, grayscaleToRGB, rgbToGrayscale } from '../ops/colour.ts'
export { cropAndResize } from '../ops/crop-and-resize.ts'
export {
  nonMaxSuppression,
  nonMaxSuppressionAsync,
  nonMaxSuppressionPadded,
  nonMaxSuppressionPaddedAsync,
  nonMaxSuppressionWithScore,
  nonMaxSuppressionWithScoreAsync,
} from '../ops/non-max-suppression.ts'
export { resizeBilinear, resizeNearestNeighbor } from '../ops/resize.ts'
export { rotateWithOffset } from '../ops/rotate.ts'
export { threshold } from '../ops/threshold.ts'
export { transform } from '../ops/transform.ts'
