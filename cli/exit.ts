/**
 * Every way out of the command: exit status, the two lines of an error, signals, and a reader that
 * closed the pipe.
 */
import { CommanderError } from 'commander'
import { ERROR_EXIT, type Place, TraceError } from '../parser/error.ts'
import { say } from './safe-text.ts'

/** Exit status of a bug of ours. */
const EXIT_BUG = 70
const EXIT_USAGE = 2
/** Exit status of a recording of which a part is missing, and that has a file nevertheless. */
export const EXIT_INCOMPLETE = 4
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const

/** A signal that ends the command. */
export type SignalName = keyof typeof SIGNALS

/** What a signal undoes before the process ends, newest first. */
const cleanups: (() => void)[] = []
/** Takes a signal instead of ending the process; the newest one counts. */
const interceptors: ((signal: SignalName) => boolean)[] = []

/**
 * Runs `cleanup` when a signal or a closed pipe ends the process; the returned function takes it
 * back. It must be synchronous.
 */
export function onAbort(cleanup: () => void): () => void {
  return register(cleanups, cleanup)
}

/**
 * Offers signals to `take` first; when it returns true the process goes on. The returned function
 * takes the offer back.
 */
export function onSignal(take: (signal: SignalName) => boolean): () => void {
  return register(interceptors, take)
}

/** How long a statement has to stop before the process ends without it. */
const PATIENCE_MS = 1000
/** How often an interrupt is repeated. */
export const INTERRUPT_EVERY_MS = 50
/** The signal that a statement was interrupted for. */
let interruptedBy: SignalName | undefined

/**
 * Lets a signal interrupt what is running and end the process once that has stopped: a process
 * that simply exits would wait for the engine's threads to finish the statement. A second signal
 * does not wait. The returned function takes it back.
 */
export function interruptOnSignal(interrupt: () => void): () => void {
  return onSignal((signal) => {
    if (interruptedBy) {
      runCleanups()
      process.kill(process.pid, 'SIGKILL')
    }
    interruptedBy = signal
    interrupt()
    // A statement that is still being prepared does not notice the first call.
    setInterval(interrupt, INTERRUPT_EVERY_MS)
    setTimeout(() => endBySignal(signal), PATIENCE_MS)
    return true
  })
}

function register<T>(list: T[], entry: T): () => void {
  list.push(entry)
  return () => {
    const at = list.lastIndexOf(entry)
    if (at >= 0) list.splice(at, 1)
  }
}

/** Runs a command to its end; sets the exit status and reports whatever it throws. */
export async function runToExit(command: () => Promise<void>): Promise<void> {
  for (const name of Object.keys(SIGNALS) as SignalName[]) process.on(name, () => takeSignal(name))
  process.stdout.on('error', (error: NodeJS.ErrnoException) => endOnOutputError(error))
  process.stderr.on('error', () => {})
  process.on('uncaughtException', (error) => fail(error))
  process.on('unhandledRejection', (error) => fail(error))
  try {
    await command()
  } catch (error) {
    fail(error)
  }
}

function takeSignal(name: SignalName): void {
  if (interceptors.at(-1)?.(name)) return
  endBySignal(name)
}

/** Ends the process as the signal asks, after the cleanups. */
export function endBySignal(name: SignalName): never {
  abort(128 + SIGNALS[name])
}

function endOnOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') abort(0)
  fail(new TraceError('ERR_SINK_WRITE', `standard output: ${error.message}`, { cause: error }))
}

function fail(error: unknown): never {
  if (interruptedBy && error instanceof TraceError && error.code === 'ERR_INTERRUPTED')
    endBySignal(interruptedBy)
  const text = errorText(error)
  if (text !== '') say(text)
  abort(exitStatus(error))
}

function abort(status: number): never {
  runCleanups()
  process.exit(status)
}

function runCleanups(): void {
  for (const cleanup of cleanups.splice(0).reverse()) {
    try {
      cleanup()
    } catch {
      // The process is ending already; what could not be undone is named by its own message.
    }
  }
}

/** The exit status for whatever a command threw. */
export function exitStatus(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  if (error instanceof TraceError) return ERROR_EXIT[error.code]
  return EXIT_BUG
}

/** What goes to stderr for an error: at most two lines, and the stack with `TRACEDUCK_DEBUG=1`. */
export function errorText(error: unknown): string {
  if (error instanceof CommanderError) return commanderText(error)
  const stack = process.env.TRACEDUCK_DEBUG === '1' ? stackText(error) : ''
  if (error instanceof TraceError) {
    const hint = error.hint === undefined ? '' : `${oneLine(error.hint)}\n`
    return `traceduck: ${oneLine(error.message)}${placeText(error)}\n${hint}${stack}`
  }
  const message = error instanceof Error ? error.message : String(error)
  return (
    `traceduck: bug: ${oneLine(message)}\n` +
    'this should not happen; run it again with TRACEDUCK_DEBUG=1 and report what it prints\n' +
    stack
  )
}

/** Commander prints help itself; its messages are `error: what` and at times `(Did you mean x?)`. */
function commanderText(error: CommanderError): string {
  if (error.exitCode === 0 || error.code === 'commander.help') return ''
  const [what = '', ...more] = error.message.replace(/^error: /, '').split('\n')
  const suggestion = more
    .join(' ')
    .replace(/^\((.*)\)$/, '$1')
    .replace(/^Did/, 'did')
  return `traceduck: ${what}\n${suggestion || 'see traceduck --help'}\n`
}

function placeText(error: TraceError): string {
  const parts = error.where === undefined ? [] : placeParts(error.where, error.message)
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

function placeParts(where: Place, message: string): string[] {
  const parts: string[] = []
  if (where.file !== undefined && !message.includes(where.file)) parts.push(where.file)
  if (where.offset !== undefined) parts.push(`offset ${where.offset}`)
  if (where.instance) parts.push(`instance ${where.instance}`)
  if (where.cpu !== undefined) parts.push(`CPU ${where.cpu}`)
  if (where.event !== undefined && !message.includes(where.event)) parts.push(where.event)
  return parts
}

function stackText(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const cause = error.cause instanceof Error ? `caused by ${error.cause.stack}\n` : ''
  return `${error.stack ?? ''}\n${cause}`
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ')
}
