/**
 * While the network trains, what is out of sight is not painted: the processors are better used. It is painted when it
 * comes into sight, or when training ends.
 */

import { effect, type ReadonlySignal, signal } from '@preact/signals'
import { phase } from './training/state.ts'

/** How near to the window a thing is painted already. */
const rootMargin = '100px'

const hidden = new WeakSet<Element>()
const waiting = new Map<Element, () => void>()

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) hidden.delete(target)
      else hidden.add(target)
      if (isIntersecting) paintLate(target)
    }
  },
  { rootMargin },
)

function paintLate(element: Element): void {
  const paint = waiting.get(element)
  waiting.delete(element)
  paint?.()
}

effect(() => {
  if (phase.value !== 'training') for (const element of [...waiting.keys()]) paintLate(element)
})

/** From now on `paintInSight` knows whether the element can be seen. Returns what ends it. */
export function watchSight(element: Element): () => void {
  observer.observe(element)
  return () => {
    observer.unobserve(element)
    waiting.delete(element)
  }
}

/** Paints at once, or as soon as it is of use; of several calls until then the last counts. */
export function paintInSight(element: Element, paint: () => void): void {
  waiting.delete(element)
  if (phase.peek() === 'training' && hidden.has(element)) waiting.set(element, paint)
  else paint()
}

const sections = signal<ReadonlySet<string>>(new Set())

/** Follows whether a part of the page can be seen, by its id. Returns what ends it. */
export function watchSection(element: Element): () => void {
  const set = (isSeen: boolean): void => {
    if (sections.value.has(element.id) === isSeen) return
    const others = [...sections.value].filter((id) => id !== element.id)
    sections.value = new Set(isSeen ? [...others, element.id] : others)
  }
  const own = new IntersectionObserver((entries) => set(entries.at(-1)!.isIntersecting), { rootMargin })
  own.observe(element)
  return () => {
    own.disconnect()
    set(false)
  }
}

/** The ids of the parts of the page that can be seen. */
export const sectionsInSight: ReadonlySignal<ReadonlySet<string>> = sections
