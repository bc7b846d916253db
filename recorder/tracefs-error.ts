/**
 * Why the kernel refused a change, in its own words where it has some: `error_log` holds the last
 * refused filters, triggers and probes with a caret below the place.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ErrorCode, TraceError } from '../parser/error.ts'

/** What of a `Tracefs` this file needs. */
interface Buffer {
  readonly mount: string
  readonly dir: string
  readonly instance: string
  resolve(path: string): string
}

/** The error for a control file that could not be read, or written with `text`. */
export function refusal(
  tracefs: Buffer,
  path: string,
  text: string | undefined,
  error: unknown,
): TraceError {
  const file = tracefs.resolve(path)
  const errno = errnoOf(error)
  if ((errno === 'ENOENT' && !duringWrite(error)) || errno === 'ENOTDIR') {
    return new TraceError('ERR_RECORD_UNSUPPORTED', `this kernel has no ${file}`, {
      hint: 'see what it can do with: traceduck doctor',
      cause: error,
    })
  }
  const action = text === undefined ? `read ${file}` : `write '${shown(text)}' to ${file}`
  const said = text === undefined ? undefined : findExplanation(tracefs, text)
  return explainRefusal(action, error, said, text !== undefined)
}

/** The error for an action that the system refused, with what it said and what to do. */
export function explainRefusal(
  action: string,
  error: unknown,
  said?: string,
  writing = true,
): TraceError {
  const errno = errnoOf(error)
  const reason = REASONS[errno]
  const code = reason?.code ?? (writing ? 'ERR_TRACEFS_WRITE' : 'ERR_TRACEFS_READ')
  return new TraceError(
    code,
    `cannot ${action}: ${said ?? reason?.what ?? (errno || String(error))}`,
    { hint: reason?.hint ?? DEFAULT_HINT, cause: error },
  )
}

interface Reason {
  readonly code?: ErrorCode
  readonly what: string
  readonly hint?: string
}

const DEFAULT_HINT = 'see what this kernel can do with: traceduck doctor'
const BECOME_ROOT =
  'run as root, for example with sudo: the group of tracefs may read at most, not record'

const REASONS: Readonly<Record<string, Reason>> = {
  EACCES: { code: 'ERR_TRACEFS_DENIED', what: 'permission denied', hint: BECOME_ROOT },
  EPERM: {
    code: 'ERR_TRACEFS_DENIED',
    what: 'not permitted; lockdown or another security policy of this kernel forbids it',
  },
  EROFS: {
    code: 'ERR_TRACEFS_DENIED',
    what: 'tracefs is mounted read-only',
    hint: 'remount it rw',
  },
  EBUSY: {
    code: 'ERR_TRACER_BUSY',
    what: 'in use, by another tracing tool or an open trace_pipe',
    hint: 'end the other tool, or record into an instance of your own',
  },
  EEXIST: {
    code: 'ERR_TRACER_BUSY',
    what: 'there is one of that name already',
    hint: 'choose another name, or undo what a killed recording left: traceduck reset',
  },
  EINVAL: { what: 'the kernel finds it invalid' },
  ENOENT: { what: 'something that it names is not there' },
  ENODEV: { what: 'the kernel has no such thing' },
  ENOMEM: { what: 'not enough memory', hint: 'ask for smaller buffers: -b KB is per CPU' },
  EOPNOTSUPP: { code: 'ERR_RECORD_UNSUPPORTED', what: 'not supported by this kernel' },
}

/** Writing reports what the text names, opening what the path names. */
function duringWrite(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.syscall === 'write'
}

function errnoOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return typeof code === 'string' ? code : ''
}

function shown(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ')
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}

/** What `error_log` says about a command that was just refused. */
function findExplanation(tracefs: Buffer, text: string): string | undefined {
  const command = text.trim()
  for (const dir of new Set([tracefs.dir, tracefs.mount])) {
    const found = parseErrorLog(readQuietly(join(dir, 'error_log'))).findLast(
      (entry) => entry.command === command,
    )
    if (found) return found.message + place(command, found)
  }
  return undefined
}

/** The caret of a filter stands behind what it is about; that of a probe at its start. */
function place(command: string, { message, column }: LogEntry): string {
  if (column < 0 || message.startsWith('event filter')) return ''
  return `, at '${shown(command.slice(column)).slice(0, 40)}'`
}

/** One refusal that the kernel logged. */
export interface LogEntry {
  /** For example `event filter parse error: Field not found`. */
  readonly message: string
  readonly command: string
  /** Where in the command the caret stands, -1 when there is none. */
  readonly column: number
}

/** The entries of an `error_log`, oldest first. */
export function parseErrorLog(text: string): LogEntry[] {
  const entries: LogEntry[] = []
  const lines = text.split('\n')
  lines.forEach((line, at) => {
    const head = /^\[ *[\d.]+\] (.*?): error: (.*)$/.exec(line)
    if (!head) return
    const command = /^ {2}Command: (.*)$/.exec(lines[at + 1] ?? '')?.[1]
    if (command === undefined) return
    const caret = (lines[at + 2] ?? '').indexOf('^')
    const column = caret < 0 ? -1 : Math.min(caret - '  Command: '.length, command.length)
    entries.push({ message: `${head[1]}: ${head[2]}`, command, column })
  })
  return entries
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
