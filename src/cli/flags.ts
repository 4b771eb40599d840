/** Flags that several commands share, and how their values are read: a wrong one is refused with what was received. */

import { type Command, Option } from 'commander'
import { ArgumentError, checkInteger, checkNumber, checkOneOf, type NumberRange, show } from '../errors.ts'
import { SIMD_CHOICES, type SimdChoice } from '../runtime/module.ts'
import { MAX_MEMBERS } from '../runtime/pool-control.ts'

/** A number in the usual notations; the text itself where it is none, so that errors show it. */
function numberOrText(text: string): number | string {
  const value = Number(text)
  return text.trim() === '' || Number.isNaN(value) ? text : value
}

/** Reads an integer from `min` to `max`. */
export function integerFlag(who: string, flag: string, min: number, max?: number): (text: string) => number {
  return (text) => {
    const value = numberOrText(text)
    checkInteger(who, flag, value, min, max)
    return value
  }
}

/** Reads a finite number within `range`. */
export function numberFlag(who: string, flag: string, range: NumberRange): (text: string) => number {
  return (text) => {
    const value = numberOrText(text)
    checkNumber(who, flag, value, range)
    return value
  }
}

/** Reads numbers between commas. */
export function numbersFlag(who: string, flag: string, count: 2): (text: string) => readonly [number, number] {
  return (text) => {
    const values = text.split(',').map(numberOrText)
    if (values.length === count && values.every(Number.isFinite)) return values as [number, number]
    throw new ArgumentError({
      who,
      expected: `${flag} to be ${count} numbers with a comma between`,
      received: show(text),
    })
  }
}

/** Reads one of `names`. */
export function nameFlag<const Name extends string>(
  who: string,
  flag: string,
  names: readonly Name[],
): (text: string) => Name {
  return (text) => {
    checkOneOf(who, flag, text, names)
    return text
  }
}

export interface RuntimeFlags {
  readonly threads?: number | 'auto'
  readonly simd?: SimdChoice
}

/** --threads and --simd. */
export function addRuntimeFlags(who: string, command: Command): Command {
  const integer = integerFlag(who, '--threads (or auto)', 1, MAX_MEMBERS)
  return command
    .addOption(
      new Option('--threads <n>', "threads that compute, or 'auto'")
        .default('auto')
        .argParser((text) => (text === 'auto' ? text : integer(text))),
    )
    .addOption(
      new Option('--simd <build>', 'auto, wide or relaxed (faster), or baseline (the same bits on every machine)')
        .default('auto')
        .argParser(nameFlag(who, '--simd', SIMD_CHOICES)),
    )
}

const DATA_HELP =
  'digits (built in), mnist (downloaded once), a folder of pictures for each class, or one with the four MNIST files'

/** --data, and what it is where it is not given. */
export function dataOption(fallback: string): Option {
  return new Option('--data <name>', `${DATA_HELP} (default: ${fallback})`)
}

/** --batch-size */
export function batchSizeOption(who: string, text: string): Option {
  return new Option('--batch-size <n>', text).argParser(integerFlag(who, '--batch-size', 1))
}

export const JSON_FLAG = ['--json', 'lines of JSON on standard output; text for people on standard error'] as const
