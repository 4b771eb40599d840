/** What a consumer reports: `shared/step.js` writes it. */
export interface Result {
  readonly loss?: number
  readonly build?: string
  readonly threads?: number
  readonly reason?: string
  readonly ms?: number
  /** How it failed. */
  readonly error?: string
}

const MARK = 'RESULT '

/** The result in what a consumer writes, if it is there. */
export function readResult(output: string): Result | undefined {
  const line = output.split('\n').find((text) => text.startsWith(MARK))
  return line === undefined ? undefined : (JSON.parse(line.slice(MARK.length)) as Result)
}
