/** Light or dark: what the system prefers, until the user says otherwise. Canvases are painted in the theme's colours. */

import { effect, signal } from '@preact/signals'

export type Theme = 'light' | 'dark'

const STORED = 'quadlane-demo-theme'
const prefersDark = matchMedia('(prefers-color-scheme: dark)')

function stored(): Theme | undefined {
  const value = localStorage.getItem(STORED)
  return value === 'light' || value === 'dark' ? value : undefined
}

function preferred(): Theme {
  return prefersDark.matches ? 'dark' : 'light'
}

export const theme = signal<Theme>(stored() ?? preferred())

effect(() => {
  document.documentElement.dataset.theme = theme.value
})

prefersDark.addEventListener('change', () => {
  theme.value = stored() ?? preferred()
})

export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark'
  if (theme.value === preferred()) localStorage.removeItem(STORED)
  else localStorage.setItem(STORED, theme.value)
}

export type Colour = readonly [red: number, green: number, blue: number]

/** Writes any colour as #rrggbb: what a stylesheet says may be shortened when it is built. */
const canon = document.createElement('canvas').getContext('2d')!

/** A colour of the present theme by the name of its custom property; `theme` is read so that painters follow it. */
export function colour(name: string): Colour {
  const key = `${theme.value} ${name}`
  let known = colours.get(key)
  if (known === undefined) {
    known = computed(name)
    colours.set(key, known)
  }
  return known
}

const colours = new Map<string, Colour>()

function computed(name: string): Colour {
  canon.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const value = Number.parseInt(canon.fillStyle.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}
