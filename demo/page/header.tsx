/** The bar at the top: where one is, where one can go, and how training stands once its buttons are out of sight. */

import { signal } from '@preact/signals'
import { percent } from '../format.ts'
import { PARTS, type PartName } from '../sharing/address.ts'
import { isShown } from '../sharing/state.ts'
import { theme, toggleTheme } from '../theme.ts'
import { MainButton } from '../training/controls.tsx'
import { validation } from '../training/state.ts'
import { DOCUMENTATION } from './documentation.ts'

/** Whether the big button can be seen. */
const startInSight = signal(true)

/** From now on the bar has a button of its own whenever this element is out of sight. */
export function watchStart(element: Element): () => void {
  const observer = new IntersectionObserver(([entry]) => {
    startInSight.value = entry?.isIntersecting ?? true
  })
  observer.observe(element)
  return () => observer.disconnect()
}

export function Header() {
  const other = theme.value === 'dark' ? 'light' : 'dark'
  return (
    <header class="header">
      <div class="header-inner">
        <a class="wordmark" href="#top">
          quadlane
        </a>
        <nav aria-label="Parts of this page">
          <ul>
            {(Object.keys(PARTS) as PartName[]).filter(isShown).map((id) => (
              <li key={id}>
                <a href={`#${id}`}>{PARTS[id]}</a>
              </li>
            ))}
          </ul>
        </nav>
        <div class={startInSight.value ? 'header-training header-training-off' : 'header-training'}>
          <span class="figure" aria-hidden="true">
            {percent(validation.value?.accuracy ?? 0)}
          </span>
          <MainButton class="button-small" />
        </div>
        <a class="header-docs" href={DOCUMENTATION}>
          Docs
        </a>
        <button type="button" class="theme-button" onClick={toggleTheme} aria-label={`Switch to ${other} colours`}>
          <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
            <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.5" />
            <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
          </svg>
        </button>
      </div>
    </header>
  )
}
