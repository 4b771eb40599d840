/** The namespace `constraints`. */

export type { MaxNormArgs, MinMaxNormArgs } from '../constraints/table.ts'
export { maxNorm, minMaxNorm, nonNeg, unitNorm } from '../constraints/table.ts'
