/** The namespace `schedules`: learning rates by the number of steps. */

export { cosine, exponential, piecewise, polynomial, warmup } from '../schedules/table.ts'
