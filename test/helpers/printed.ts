/** Compares what a program of the docs prints with what they say that it prints. */

import { expect } from 'vitest'

const NUMBER = /-?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?/g

/** Words to the letter; numbers as near as they are printed, give or take: builds and machines differ. */
export function expectPrinted(actual: string, expected: string, { absolute = 0.03, relative = 0.1 } = {}): void {
  const words = (text: string): string[] =>
    text
      .replace(NUMBER, '#')
      .replace(/([[\](),])/g, ' $1 ')
      .trim()
      .split(/\s+/)
  const numbers = (text: string): number[] =>
    [...text.matchAll(NUMBER)].map(([match]) => Number(match.replaceAll(',', '')))
  expect(words(actual)).toEqual(words(expected))
  const found = numbers(actual)
  numbers(expected).forEach((value, i) => {
    const bound = absolute + Math.abs(value) * relative
    expect(Math.abs(found[i]! - value), `${found[i]} for ${value}`).toBeLessThanOrEqual(bound)
  })
}
