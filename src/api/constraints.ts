/** The namespace `constraints`. */

export { maxNorm, minMaxNorm, nonNeg, unitNorm } from '../constraints/table.ts'
