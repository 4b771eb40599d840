/** A part of the page with its heading, which the navigation leads to. */

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { watchSection } from '../sight.ts'

interface SectionProps {
  readonly id: string
  readonly title: string
  readonly children: ComponentChildren
}

export function Section({ id, title, children }: SectionProps) {
  const section = useRef<HTMLElement>(null)
  useEffect(() => watchSection(section.current!), [])
  return (
    <section ref={section} id={id} class="section" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </section>
  )
}
