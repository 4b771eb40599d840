/** What the stores that keep models by name have in common. */

import { ArgumentError, InputOutputError, show } from '../errors.ts'

/** The name within a URL. */
export function nameIn(url: string, scheme: string): string {
  const name = url.slice(scheme.length)
  if (name !== '') return name
  throw new ArgumentError({ who: 'save, load', expected: `${scheme}NAME`, received: show(url) })
}

/** The error for a model that is not there. */
export function missing(url: string): InputOutputError {
  const hint = 'io.listModels() tells which there are'
  return new InputOutputError({ who: url, expected: 'a saved model', received: 'none', hint })
}
