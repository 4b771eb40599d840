/** The namespace `initializers`. */

export type {
  ConstantArgs,
  GainArgs,
  OrthogonalArgs,
  RandomNormalArgs,
  RandomUniformArgs,
  VarianceScalingArgs,
} from '../initializers/table.ts'
export {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  identity,
  leCunNormal,
  leCunUniform,
  ones,
  orthogonal,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
  zeros,
} from '../initializers/table.ts'
