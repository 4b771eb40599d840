/** Errors in tests: the type, and the text to the letter. */

import { expect } from 'vitest'

type ErrorType = new (...args: never) => Error

/** Throws unless `run` throws an error of the type with just this text. */
export function expectRefusal(run: () => unknown, type: ErrorType, text: string): void {
  let error: unknown
  try {
    run()
  } catch (thrown) {
    error = thrown
  }
  expectError(error, type, text)
}

/** As `expectRefusal`, for what returns a promise. */
export async function expectRejection(promise: Promise<unknown>, type: ErrorType, text: string): Promise<void> {
  expectError(
    await promise.then(
      () => undefined,
      (error: unknown) => error,
    ),
    type,
    text,
  )
}

function expectError(error: unknown, type: ErrorType, text: string): void {
  if (error === undefined) throw new Error(`nothing was refused: ${text}`)
  if (!(error instanceof type)) throw error
  expect(error.message).toBe(text)
}
