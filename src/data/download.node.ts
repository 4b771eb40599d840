/**
 * Downloads one file from the first of several mirrors that gives it. What arrives is collected in `<path>.part`, so
 * that a broken transfer goes on where it stopped; it is checked in memory, and only checked bytes are written, under
 * a name of their own, and then moved to `path`. So there is never half a file there, even with two processes at it.
 */
import { randomBytes } from 'node:crypto'
import { constants, type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FormatError, InputOutputError, show } from '../errors.ts'
import { makeFolder } from '../io/folders.node.ts'

/** How far a download has come. */
export interface DownloadProgress {
  /** The address that is being read. */
  readonly url: string
  /** Bytes on the disk. */
  readonly loaded: number
  /** Bytes in all, where the server says so. */
  readonly total: number | undefined
}

/** What to download and where to. */
export interface DownloadArgs<Checked> {
  /** Who asks: errors begin with it. */
  readonly who: string
  /** What is asked for, as errors call it. */
  readonly what: string
  /** How the user can do without the download, an imperative sentence. */
  readonly hint: string
  /** The same file at several places, the best first. */
  readonly urls: readonly string[]
  /** The file's final path. Its folder is made. */
  readonly path: string
  /** No sound file has more bytes than this. */
  readonly maxBytes: number
  /** How long nothing may arrive before the transfer counts as stalled. */
  readonly timeoutMs: number
  /** Looks at the whole file and throws a `FormatError` when it is not the right one. */
  readonly check: (bytes: Uint8Array) => Promise<Checked>
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
}

const ROUNDS = 3
const PAUSE_MS = 300

/** A mirror that failed; `final` when there is no sense in asking it again. */
class MirrorFailure extends Error {
  readonly final: boolean

  constructor(message: string, final: boolean, options?: ErrorOptions) {
    super(message, options)
    this.final = final
  }
}

/**
 * Downloads the file and returns what `check` made of it. Asks every mirror up to three times; one that answers with
 * another status than success, or with wrong content, is not asked again. Throws `InputOutputError` when no mirror
 * gave the file, or when the disk refuses.
 */
export async function download<Checked>(args: DownloadArgs<Checked>): Promise<Checked> {
  await onDisk(args, dirname(args.path), () => makeFolder(dirname(args.path)))
  const failures = new Map<string, MirrorFailure>()
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * round))
    for (const url of args.urls) {
      if (failures.get(url)?.final === true) continue
      try {
        return await attempt(args, url)
      } catch (error) {
        if (!(error instanceof MirrorFailure)) throw error
        failures.set(url, error)
      }
    }
  }
  throw new InputOutputError(
    {
      who: args.who,
      expected: args.what,
      received: [...failures].map(([url, failure]) => `${url}: ${failure.message}`).join('; '),
      hint: args.hint,
    },
    { cause: [...failures.values()].at(-1) },
  )
}

async function attempt<Checked>(args: DownloadArgs<Checked>, url: string): Promise<Checked> {
  const part = await Part.open(args)
  try {
    const resumed = await transfer(args, url, part)
    const bytes = part.bytes()
    const checked = await args.check(bytes).catch(async (error: unknown) => {
      await part.restart()
      if (!(error instanceof FormatError)) throw error
      // What was resumed may have begun as another mirror's file: worth a second, whole transfer.
      throw new MirrorFailure(error.message, !resumed, { cause: error })
    })
    await onDisk(args, args.path, () => writeWhole(args.path, bytes))
    await part.restart()
    return checked
  } finally {
    await part.close()
  }
}

/** Brings the rest of the file, or all of it where the server cannot resume. Returns whether it resumed. */
async function transfer<Checked>(args: DownloadArgs<Checked>, url: string, part: Part): Promise<boolean> {
  const clock = new StallClock(args.timeoutMs)
  try {
    const response = await ask(url, part.size, clock)
    const range = contentRange(response)
    if (part.size > 0 && response.status === 416 && range?.total === part.size) return true
    const body = await acceptable(response, range, part)
    const resumed = response.status === 206 && part.size > 0
    if (!resumed) await part.restart()
    const total = range?.total ?? contentLength(response)
    const reader = body.getReader()
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      clock.restart()
      if (part.size + step.value.length > args.maxBytes) {
        await reader.cancel()
        await part.restart()
        throw new MirrorFailure(`more than ${args.maxBytes} bytes`, true)
      }
      await part.append(step.value)
      args.onProgress?.({ url, loaded: part.size, total })
    }
    if (total !== undefined && part.size !== total) {
      throw new MirrorFailure(`the end at byte ${part.size} of ${total}`, false)
    }
    return resumed
  } catch (error) {
    if (error instanceof MirrorFailure || error instanceof InputOutputError) throw error
    const reason = clock.stalled ? `nothing for ${args.timeoutMs} ms` : reasonOf(error)
    throw new MirrorFailure(`${reason} at byte ${part.size}`, false, { cause: error })
  } finally {
    clock.stop()
  }
}

/** The body of an answer that brings the file, or the rest of it. */
async function acceptable(
  response: Response,
  range: ContentRange | undefined,
  part: Part,
): Promise<ReadableStream<Uint8Array>> {
  const misplaced = response.status === 206 && range?.begin !== part.size
  const good = response.status === 200 || (response.status === 206 && !misplaced)
  if (good && response.body !== null) return response.body
  await response.body?.cancel()
  if (part.size > 0 && (response.status === 416 || misplaced)) {
    const { size } = part
    await part.restart()
    throw new MirrorFailure(`it cannot go on at byte ${size}`, false)
  }
  throw new MirrorFailure(`status ${response.status}`, isFinal(response.status))
}

/**
 * What has arrived: in memory, where it is checked, and in the `.part` file, where the next run finds it. Two
 * processes that write the same file at once can spoil it, but not what either of them has in memory.
 */
class Part {
  size = 0
  #chunks: Uint8Array[] = []
  readonly #args: DownloadArgs<unknown>
  readonly #path: string
  readonly #file: FileHandle

  private constructor(args: DownloadArgs<unknown>, path: string, file: FileHandle) {
    this.#args = args
    this.#path = path
    this.#file = file
  }

  /** Opens the part with what an earlier transfer left in it. */
  static async open(args: DownloadArgs<unknown>): Promise<Part> {
    const path = `${args.path}.part`
    return onDisk(args, path, async () => {
      const file = await open(path, constants.O_RDWR | constants.O_CREAT)
      const part = new Part(args, path, file)
      if ((await file.stat()).size > args.maxBytes) await file.truncate(0)
      const bytes = await file.readFile()
      if (bytes.length > 0) part.#chunks.push(bytes)
      part.size = bytes.length
      return part
    })
  }

  async append(bytes: Uint8Array): Promise<void> {
    await onDisk(this.#args, this.#path, () => this.#file.write(bytes, 0, bytes.length, this.size))
    this.#chunks.push(bytes)
    this.size += bytes.length
  }

  async restart(): Promise<void> {
    this.#chunks = []
    this.size = 0
    await onDisk(this.#args, this.#path, () => this.#file.truncate(0))
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks)
  }

  /** Closes the file, and removes it when nothing is in it. */
  async close(): Promise<void> {
    await this.#file.close()
    // On Windows, a part that is still open elsewhere cannot be removed; it does no harm.
    if (this.size === 0) await rm(this.#path, { force: true }).catch(() => {})
  }
}

function ask(url: string, at: number, clock: StallClock): Promise<Response> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' }
  if (at > 0) headers.range = `bytes=${at}-`
  return fetch(url, { headers, signal: clock.signal })
}

/** Aborts its signal when it has not been restarted for a while. */
class StallClock {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout

  constructor(timeoutMs: number) {
    this.#timer = setTimeout(() => this.#controller.abort(), timeoutMs)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get stalled(): boolean {
    return this.#controller.signal.aborted
  }

  restart(): void {
    this.#timer.refresh()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

/** Statuses that another try may mend: a time-out, too many requests, a server in trouble. */
function isFinal(status: number): boolean {
  return status < 500 && status !== 408 && status !== 429
}

interface ContentRange {
  readonly begin: number | undefined
  readonly total: number | undefined
}

function contentRange(response: Response): ContentRange | undefined {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '')
  if (match === null) return undefined
  const [, begin, total] = match
  return { begin: begin === undefined ? undefined : Number(begin), total: total === '*' ? undefined : Number(total) }
}

/** How many bytes a whole answer has; unknown when it was packed for the transfer, since it arrives unpacked. */
function contentLength(response: Response): number | undefined {
  const encoding = response.headers.get('content-encoding') ?? 'identity'
  const length = response.headers.get('content-length')
  return length === null || encoding !== 'identity' ? undefined : Number(length)
}

/** `fetch failed` says little: the reason is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return show(error)
  const { cause } = error
  const inner = cause instanceof Error ? cause : error
  return 'code' in inner && typeof inner.code === 'string' ? inner.code : inner.message
}

/** Writes the bytes under a passing name, makes the disk keep them, and moves them to their place. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const passing = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(passing, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(passing, path)
  } catch (error) {
    await rm(passing, { force: true })
    throw error
  }
}

/** Does something with a file, and says which one when the disk refuses. */
async function onDisk<T, Checked>(args: DownloadArgs<Checked>, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new InputOutputError(
      {
        who: args.who,
        expected: `to write '${path}'`,
        received: reasonOf(error),
        hint: 'choose another cache folder: QUADLANE_CACHE or cacheDir',
      },
      { cause: error },
    )
  }
}
