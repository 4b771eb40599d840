/** The namespace `image`: pictures resized, cut, turned and recoloured. */

export { flipLeftRight, grayscaleToRGB, rgbToGrayscale } from '../ops/colour.ts'
export { cropAndResize } from '../ops/crop-and-resize.ts'
export { nonMaxSuppression, nonMaxSuppressionAsync } from '../ops/non-max-suppression.ts'
export { resizeBilinear, resizeNearestNeighbor } from '../ops/resize.ts'
export { rotateWithOffset } from '../ops/rotate.ts'
export { transform } from '../ops/transform.ts'
export {
  nonMaxSuppressionPadded,
  nonMaxSuppressionPaddedAsync,
  nonMaxSuppressionWithScore,
  nonMaxSuppressionWithScoreAsync,
  threshold,
} from './absent.ts'
