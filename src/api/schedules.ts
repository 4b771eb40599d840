/** The namespace `schedules`: learning rates by the number of steps. */

export type {
  CosineArgs,
  ExponentialArgs,
  LearningRate,
  PiecewiseArgs,
  PolynomialArgs,
  WarmupArgs,
} from '../schedules/table.ts'
export { cosine, exponential, piecewise, polynomial, warmup } from '../schedules/table.ts'
