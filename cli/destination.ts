/** Where data goes: stdout, or a file that appears under its name only when it is whole. */
import { once } from 'node:events'
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import { partPath, publishPart, refuseExisting, removeAbandonedParts } from '../parser/part-file.ts'
import { onAbort } from './exit.ts'
import { safeOutput } from './safe-text.ts'

/** Takes text or bytes; `finish` makes them count, `discard` leaves nothing behind. */
export interface Destination {
  /** Writes and waits until bytes may be reused and there is room for more. Throws `ERR_SINK_WRITE`. */
  write(data: string | Uint8Array): Promise<void>
  /** Ends the output; a file gets its name now. Throws `ERR_SINK_WRITE`, `ERR_OUTPUT_EXISTS`. */
  finish(): Promise<void>
  /** Drops an unfinished output; does nothing after `finish`. */
  discard(): void
}

/** A destination for stdout; on a terminal control characters are spelled out. */
export function stdoutDestination(): Destination {
  const isTerminal = process.stdout.isTTY
  return {
    async write(given) {
      const data = isTerminal ? safeOutput(textOf(given)) : given
      if (typeof data !== 'string')
        await new Promise<void>((resolve) => process.stdout.write(data, () => resolve()))
      else if (!process.stdout.write(data)) await once(process.stdout, 'drain')
    },
    async finish() {},
    discard() {},
  }
}

function textOf(data: string | Uint8Array): string {
  return typeof data === 'string' ? data : Buffer.from(data).toString('utf8')
}

/** A file in the making: written beside its final name and renamed by `finish`. */
export class PendingFile {
  readonly path: string
  /** Where to write until `finish`. */
  readonly partPath: string
  readonly #force: boolean
  readonly #unregister: () => void
  #done = false

  /** Throws `ERR_OUTPUT_EXISTS` when the file is there and `force` is false. */
  constructor(path: string, force: boolean) {
    this.path = path
    this.#force = force
    refuseExisting(path, force)
    removeAbandonedParts(path)
    this.partPath = partPath(path)
    this.#unregister = onAbort(() => this.discard())
  }

  /** Gives the file its name. Throws `ERR_OUTPUT_EXISTS`, `ERR_SINK_WRITE`. */
  finish(): void {
    if (this.#done) return
    try {
      publishPart(this.partPath, this.path, this.#force)
    } catch (error) {
      if (error instanceof TraceError) throw error
      throw writeError(this.path, error)
    }
    this.#done = true
    this.#unregister()
  }

  /** Removes what was written, unless it is finished. */
  discard(): void {
    if (this.#done) return
    this.#done = true
    this.#unregister()
    rmSync(this.partPath, { force: true })
  }
}

/** A destination for a file; a device or pipe takes data as they come. Throws `ERR_OUTPUT_EXISTS`, `ERR_SINK_WRITE`. */
export function fileDestination(path: string, force: boolean): Destination {
  const there = statSync(path, { throwIfNoEntry: false })
  const isStream = there !== undefined && !there.isFile() && !there.isDirectory()
  const pending = isStream ? undefined : new PendingFile(path, force)
  let fd: number
  try {
    fd = pending ? openSync(pending.partPath, 'wx') : openSync(path, 'w')
  } catch (error) {
    pending?.discard()
    throw writeError(path, error)
  }
  let open = true
  const close = () => {
    if (open) closeSync(fd)
    open = false
  }
  return {
    async write(data) {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
      } catch (error) {
        throw writeError(path, error)
      }
    },
    async finish() {
      close()
      pending?.finish()
    },
    discard() {
      close()
      pending?.discard()
    },
  }
}

/** The error for an output that cannot be written. */
export function writeError(path: string, error: unknown): TraceError {
  const reason = error instanceof Error ? error.message : String(error)
  return new TraceError('ERR_SINK_WRITE', `cannot write ${path}: ${reason}`, {
    hint: 'check that the folder exists, is writable and has space',
    cause: error,
  })
}
