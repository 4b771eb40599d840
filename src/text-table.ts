/** Tables of text, for people to read in a terminal. */

/** Lines of a table: columns as wide as their widest cell, the first flush left, the others flush right. */
export function tableLines(rows: readonly (readonly string[])[], gap = '  '): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length)
    })
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join(gap)
      .trimEnd(),
  )
}
