/** How options are read: what is null is not given, as what is undefined, and what is misspelt does not pass. */

import { ArgumentError, checkOptions, show } from './errors.ts'

/** T without the null and undefined that say "not given". */
export type Given<T> = { [Key in keyof T]?: Exclude<T[Key], null | undefined> }

/**
 * The options that are given: those of `options` that are neither null nor undefined.
 * @throws ArgumentError for what is no object, and for a key that is not in `known`
 */
export function readOptions<T extends object>(
  who: string,
  options: T | null | undefined,
  known: readonly (keyof T & string)[],
): Given<T> {
  if (options === null || options === undefined) return {}
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw new ArgumentError({ who, expected: 'an options object', received: show(options) })
  }
  checkOptions(who, options, known)
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== null && value !== undefined),
  ) as Given<T>
}
