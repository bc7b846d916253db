/** Writes a trace.dat of another one: what `convert` and `split` have in common. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TraceError } from '../parser/error.ts'
import { openTrace } from '../parser/open.ts'
import type { Trace } from '../parser/trace.ts'
import { codecOf } from '../writer/codec.ts'
import type { Converted } from '../writer/convert.ts'
import type { OnRead } from '../writer/saved.ts'
import type { Target } from '../writer/target.ts'
import { PendingFile, stdoutDestination, writeError } from './destination.ts'
import { lossLine, printDiagnostics } from './diagnostics.ts'
import { onAbort } from './exit.ts'
import { checkKind, type NewTraceOptions } from './new-trace-options.ts'
import { grouped, ProgressLine } from './progress.ts'
import { recordProgressText } from './record-progress.ts'
import { say } from './safe-text.ts'

/** Writes to an empty file that is open for reading and writing. */
export type WriteTo<Result> = (
  trace: Trace,
  target: Target,
  fd: number,
  onRead: OnRead,
) => Promise<Result>

/**
 * Opens `path` (`-` is standard input), has `write` make the new file, which gets its name when it
 * is complete, and reports on stderr. `version` is that of the new file where no option names one.
 * `what` says what was written. Throws `ERR_USAGE`, `ERR_OUTPUT_EXISTS`, `ERR_SINK_WRITE`
 * and what `write` throws.
 */
export async function writeNewTrace<Result extends Converted>(
  path: string,
  options: NewTraceOptions,
  version: 6 | 7 | undefined,
  write: WriteTo<Result>,
  what: (result: Result) => string,
): Promise<void> {
  checkKind(options)
  const output = options.output === '-' ? new SpooledOutput() : new NamedOutput(options)
  const line = new ProgressLine(options.quiet === true)
  let trace: Trace | undefined
  try {
    trace = await openTrace(path, { strict: options.strict })
    const target = chooseTarget(trace, options, version)
    const result = await write(trace, target, output.fd, progressOf(trace, line))
    line.done()
    const bytes = await output.finish()
    report(trace, result)
    if (options.quiet) return
    const name = options.output === '-' ? 'standard output' : options.output
    say(`${name}: ${what(result)}, ${grouped(bytes)} bytes\n`)
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (error instanceof TraceError || code === undefined || syscall === undefined) throw error
    throw writeError(options.output, error)
  } finally {
    line.done()
    output.discard()
    trace?.close()
  }
}

/** Bytes between two looks at the line. */
const STEP = 1 << 20

function progressOf({ file }: Trace, line: ProgressLine): OnRead {
  const sizes = file.buffers.flatMap(({ cpus }) => cpus.map(({ size }) => size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let done = 0
  let shown = 0
  return (bytes) => {
    done += bytes
    if (done - shown < STEP) return
    shown = done
    line.show(recordProgressText({ kind: 'packing', done, total }))
  }
}

function chooseTarget(
  { file }: Trace,
  { fileVersion, compression }: NewTraceOptions,
  usual: 6 | 7 | undefined,
): Target {
  const version = fileVersion === undefined ? (usual ?? file.version) : fileVersion === '6' ? 6 : 7
  if (version === 6) {
    checkKind({ output: '', fileVersion: '6', ...(compression && { compression }) })
    return { version, codec: 'none' }
  }
  return { version, codec: compression ?? (file.version === 6 ? 'zstd' : codecOf(file)) }
}

function report({ diagnostics }: Trace, { cpus, notices }: Converted): void {
  for (const notice of notices) say(`note: ${notice}\n`)
  const lossy = new Map<number, { cpu: number; events: number; unknown: number }>()
  for (const { cpu, lostEvents, lostUnknown } of cpus) {
    if (lostEvents === 0 && lostUnknown === 0) continue
    const before = lossy.get(cpu) ?? { cpu, events: 0, unknown: 0 }
    const events = before.events + lostEvents
    lossy.set(cpu, { cpu, events, unknown: before.unknown + lostUnknown })
  }
  for (const loss of lossy.values()) say(`${lossLine(loss)}\n`)
  for (const { buffer, cpu, shortened, left } of cpus) {
    if (shortened + left === 0) continue
    const where = `${buffer === '' ? '' : `buffer ${buffer}, `}CPU ${cpu}`
    const text = `${shortened} sub-buffers written in part, ${left} left out: they are damaged`
    say(`warning: ${where}: ${text}\n`)
  }
  printDiagnostics(diagnostics.list())
}

/** A file that gets its name when it is complete. */
class NamedOutput {
  readonly fd: number
  readonly #pending: PendingFile
  #open = true

  constructor({ output, force }: NewTraceOptions) {
    this.#pending = new PendingFile(output, force === true)
    try {
      this.fd = openSync(this.#pending.partPath, 'wx+')
    } catch (error) {
      this.#pending.discard()
      throw writeError(output, error)
    }
  }

  /** Returns the file's bytes. */
  async finish(): Promise<number> {
    this.#close()
    const { size } = statSync(this.#pending.partPath)
    this.#pending.finish()
    return size
  }

  discard(): void {
    this.#close()
    this.#pending.discard()
  }

  #close(): void {
    if (this.#open) closeSync(this.fd)
    this.#open = false
  }
}

const COPY_BYTES = 1 << 20

/** A temporary file that goes to stdout: places in a trace.dat are known after its contents. */
class SpooledOutput {
  readonly fd: number
  readonly #folder: string
  readonly #release: () => void
  #open = true

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'traceduck-'))
    this.#release = onAbort(() => rmSync(this.#folder, { recursive: true, force: true }))
    this.fd = openSync(join(this.#folder, 'trace.dat'), 'w+')
  }

  /** Returns the bytes written. */
  async finish(): Promise<number> {
    const destination = stdoutDestination()
    let at = 0
    for (;;) {
      const piece = Buffer.allocUnsafe(COPY_BYTES)
      const got = readSync(this.fd, piece, 0, piece.length, at)
      if (got === 0) break
      await destination.write(piece.subarray(0, got))
      at += got
    }
    await destination.finish()
    return at
  }

  discard(): void {
    if (!this.#open) return
    this.#open = false
    closeSync(this.fd)
    this.#release()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
