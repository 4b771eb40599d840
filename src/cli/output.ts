/**
 * Where a command's words go. Text for people is on standard output, unless --json asks for lines of JSON there: then
 * it moves to standard error. The streams are given, not taken from `process`, so that a test can read them.
 */

import { createInterface } from 'node:readline/promises'
import { Interruption } from './interruption.ts'

/** A stream as commands use it: `process.stdout` or a stand-in. */
export interface TextStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface Streams {
  readonly stdout: TextStream
  readonly stderr: TextStream
  /** Where answers come from; without it, nobody is asked. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean }
}

/** What is wrong with some of several files, where the others were done. */
export class FilesError extends Error {
  override name = 'FilesError'
  readonly errors: readonly Error[]

  constructor(errors: readonly Error[]) {
    super(errors.map(({ message }) => message).join('; '))
    this.errors = errors
  }
}

/** Columns of a stream's terminal; a file or a pipe has as many as are wanted. */
export function columnsOf(stream: TextStream): number {
  return stream.isTTY === true ? (stream.columns ?? 80) : Number.POSITIVE_INFINITY
}

/** Lines of at most `width` columns, broken at spaces; those after the first are indented as it is, and by `hang`. */
export function wrapped(line: string, width: number, hang = '  '): string[] {
  const lines: string[] = []
  let rest = line
  const indent = `${/^ */.exec(line)![0]}${hang}`
  while (rest.length > width) {
    const begin = lines.length === 0 ? 0 : indent.length
    const at = rest.lastIndexOf(' ', width)
    // A word that is longer than a line stays whole: it may be a path that is to be copied.
    const end = at > begin ? at : rest.indexOf(' ', Math.max(begin, width))
    if (end < 0) break
    lines.push(rest.slice(0, end).trimEnd())
    rest = indent + rest.slice(end + 1)
  }
  return [...lines, rest]
}

export class Output {
  readonly streams: Streams
  readonly #json: boolean

  constructor(streams: Streams, json = false) {
    this.streams = streams
    this.#json = json
  }

  get #people(): TextStream {
    return this.#json ? this.streams.stderr : this.streams.stdout
  }

  /** Columns of the terminal that people read; no limit where there is none. */
  get columns(): number {
    return columnsOf(this.#people)
  }

  /** A line for people, broken at spaces where a terminal is narrower. */
  say(line = ''): void {
    this.#people.write(`${wrapped(line, this.columns).join('\n')}\n`)
  }

  /**
   * Asks a question; false where nobody can answer, or where the end of the input (Ctrl-D) does.
   * @throws Interruption by Ctrl-C
   */
  async confirm(question: string): Promise<boolean> {
    const { stdin, stderr } = this.streams
    if (stdin?.isTTY !== true || stderr.isTTY !== true) return false
    const lines = createInterface({ input: stdin, output: stderr })
    const left = new AbortController()
    let isInterrupted = false
    lines.on('SIGINT', () => {
      isInterrupted = true
      left.abort()
    })
    // At the end of the input the interface closes, and the question would stay without an answer.
    lines.on('close', () => left.abort())
    try {
      return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal: left.signal })).trim())
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error
      stderr.write('\n')
      if (isInterrupted) throw new Interruption('interrupted', 130)
      return false
    } finally {
      lines.close()
    }
  }

  /** A line for programs; nothing without --json. */
  emit(value: object): void {
    if (this.#json) this.streams.stdout.write(`${JSON.stringify(value)}\n`)
  }
}

/** 1199882 as 1,199,882 */
export function grouped(n: number): string {
  return n.toLocaleString('en-US')
}

/** A number with at most `digits` decimals, for JSON. */
export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits))
}

/** A figure with the digits that float32 has, for JSON. */
export function single(value: number): number {
  return Number(value.toPrecision(7))
}

/** Milliseconds as 105 ms, 12.3 ms or 0.42 ms. */
export function milliseconds(ms: number): string {
  return `${ms.toFixed(ms >= 100 ? 0 : ms >= 1 ? 1 : 2)} ms`
}

/** Seconds as 9s, 1m05s or 2h03m. */
export function duration(seconds: number): string {
  const total = Math.round(seconds)
  const two = (n: number): string => String(n).padStart(2, '0')
  if (total < 60) return `${total}s`
  if (total < 3600) return `${Math.floor(total / 60)}m${two(total % 60)}s`
  return `${Math.floor(total / 3600)}h${two(Math.floor(total / 60) % 60)}m`
}

/** The text behind a help, its paragraphs filled to the width that the flags have. */
export function helpText(text: string, stream: TextStream): string {
  const width = helpWidth(stream)
  return text
    .split('\n\n')
    .map((paragraph) => wrapped(paragraph.trim().replaceAll('\n', ' '), width, '').join('\n'))
    .join('\n\n')
    .replace(/^/, text.startsWith('\n') ? '\n' : '')
}

/** Columns of help: those of the terminal, up to 80. */
export function helpWidth(stream: TextStream): number {
  return Math.min(80, columnsOf(stream))
}

/** How to start this program again, for the commands that texts propose: as it was started. */
export function invocation(script = process.argv[1] ?? 'quadlane', folder = process.cwd()): string {
  const name = script.split(/[\\/]/).at(-1)!
  if (/^quadlane(\.cmd)?$/.test(name)) return 'npx quadlane'
  return `node ${shown(script, folder)}`
}

/** A path as short as it can be read from `folder`, in quotes where a shell wants them. */
export function shown(path: string, folder = process.cwd()): string {
  const inside = path.startsWith(`${folder}/`) || path.startsWith(`${folder}\\`)
  const short = inside ? path.slice(folder.length + 1) : path
  return /^[\w@%+=:,./\\~-]+$/.test(short) ? short : `'${short.replaceAll("'", "'\\''")}'`
}
