/** A part of the page with its heading, which the navigation leads to. */

import type { ComponentChildren } from 'preact'

interface SectionProps {
  readonly id: string
  readonly title: string
  readonly children: ComponentChildren
}

export function Section({ id, title, children }: SectionProps) {
  return (
    <section id={id} class="section" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </section>
  )
}
