/**
 * Where a command's words go. Text for people is on standard output, unless --json asks for lines of JSON there: then
 * it moves to standard error. The streams are given, not taken from `process`, so that a test can read them.
 */

/** A stream as commands use it: `process.stdout` or a stand-in. */
export interface TextStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface Streams {
  readonly stdout: TextStream
  readonly stderr: TextStream
}

export class Output {
  readonly streams: Streams
  readonly #json: boolean

  constructor(streams: Streams, json = false) {
    this.streams = streams
    this.#json = json
  }

  /** A line for people. */
  say(line = ''): void {
    const stream = this.#json ? this.streams.stderr : this.streams.stdout
    stream.write(`${line}\n`)
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
