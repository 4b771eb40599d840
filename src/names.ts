/** Names as TF.js, Keras and PyTorch users spell them: 'meanSquaredError', 'mean_squared_error' and 'MeanSquaredError' are one. */

import { checkOneOf } from './errors.ts'

function plain(name: string): string {
  return name.replace(/[_\s]/g, '').toLowerCase()
}

/**
 * The name among `names` that `given` means, whatever its case and underscores; `aliases` has others, in lower case and
 * without underscores. Undefined where there is none.
 */
export function findName<const Name extends string>(
  given: unknown,
  names: readonly Name[],
  aliases: Readonly<Record<string, Name>> = {},
): Name | undefined {
  if (typeof given !== 'string') return undefined
  const wanted = plain(given)
  if (Object.hasOwn(aliases, wanted)) return aliases[wanted]
  return names.find((name) => plain(name) === wanted)
}

/** As `findName`, and throws where there is none. */
export function checkName<const Name extends string>(
  who: string,
  argument: string,
  given: unknown,
  names: readonly Name[],
  aliases?: Readonly<Record<string, Name>>,
): Name {
  const found = findName(given, names, aliases)
  if (found !== undefined) return found
  checkOneOf(who, argument, given, names)
  return given
}

/** 'meanSquaredError' as 'mean_squared_error', for types. */
export type SnakeCase<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? First extends Lowercase<First>
    ? `${First}${SnakeCase<Rest>}`
    : `_${Lowercase<First>}${SnakeCase<Rest>}`
  : Text

/** 'kernelSize' as 'kernel_size': as TF.js does it. */
export function toSnakeCase(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
