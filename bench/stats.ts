/** The middle of a list of times: one slow outlier of a shared machine does not move it. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('median: expected at least one value, received none')
  const sorted = [...values].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
