/** Whether a media query holds, as a signal. */

import { type ReadonlySignal, signal } from '@preact/signals'

export function media(query: string): ReadonlySignal<boolean> {
  const list = matchMedia(query)
  const matches = signal(list.matches)
  list.addEventListener('change', () => {
    matches.value = list.matches
  })
  return matches
}

/** A phone held upright. */
export const isNarrow = media('(max-width: 640px)')
/** The user wants things to keep still. */
export const prefersStillness = media('(prefers-reduced-motion: reduce)')
