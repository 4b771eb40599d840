/** The namespace `regularizers`. */

export type { L1Args, L1L2Args, L2Args } from '../regularizers/table.ts'
export { l1, l1l2, l2 } from '../regularizers/table.ts'
