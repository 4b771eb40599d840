/** The namespace `math`, as TF.js has it. */

export { confusionMatrix } from '../metrics/confusion-matrix.ts'
