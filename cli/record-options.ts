/** From the options of `record`, in the order they were given, to what the recorder is asked. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type {
  BufferRequest,
  EventRequest,
  ProbeRequest,
  RecordCompression,
  RecordOptions,
} from '../recorder/types.ts'
import { parseEventRequest, withFilter, withTrigger } from './event-options.ts'
import { startedUmask } from './umask.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

interface BufferDraft extends Omit<Writable<BufferRequest>, 'events'> {
  events: EventRequest[]
}

/** What options with no place in a list come to. */
interface RecordFlags {
  readonly output: string
  readonly force?: boolean
  readonly fileVersion: '6' | '7'
  readonly compression?: RecordCompression
  readonly duration?: number
  readonly keep?: number
  readonly priority?: number
  readonly pin?: boolean
  readonly date?: boolean
  readonly top?: boolean
  readonly user?: string
  readonly F?: boolean
  readonly wake?: number
  readonly quiet?: boolean
  readonly stacks?: boolean
}

/**
 * Collects options while commander walks them: what follows `-B NAME` is for that buffer, `-f` and
 * `-R` are for the events before them, as in trace-cmd.
 */
export class RecordRequest {
  readonly #buffers: BufferDraft[] = [{ name: '', events: [] }]
  readonly #probes: ProbeRequest[] = []
  readonly presets: string[] = []

  get #buffer(): BufferDraft {
    return this.#buffers.at(-1)!
  }

  buffer(name: string): void {
    if (this.#buffers.some((buffer) => buffer.name === name)) {
      throw new InvalidArgumentError(`buffer ${name} is given twice.`)
    }
    this.#buffers.push({ name, events: [] })
  }

  event(text: string): void {
    this.#buffer.events.push(parseEventRequest(text))
  }

  filter(text: string): void {
    this.#amend((event) => withFilter(event, text))
  }

  trigger(text: string): void {
    this.#amend((event) => withTrigger(event, text))
  }

  /** Replaces the last event by what `change` makes of it. */
  #amend(change: (event: EventRequest | undefined) => EventRequest): void {
    const { events } = this.#buffer
    const changed = change(events.at(-1))
    events.splice(-1, 1, changed)
  }

  /** Adds to one of the buffer's lists. */
  add(list: 'functions' | 'graphFunctions' | 'notraceFunctions' | 'options', text: string): void {
    this.#buffer[list] = [...(this.#buffer[list] ?? []), text]
  }

  /** Sets one of the buffer's values. */
  set<K extends 'tracer' | 'clock' | 'bufferKb' | 'subBufferKb' | 'cpuMask' | 'followForks'>(
    key: K,
    value: NonNullable<BufferRequest[K]>,
  ): void {
    this.#buffer[key] = value as BufferDraft[K]
  }

  pid(text: string): void {
    const pids = text.split(',').map((pid) => parseNumber(pid))
    this.#buffer.pids = [...(this.#buffer.pids ?? []), ...pids]
  }

  probe(kind: ProbeRequest['kind'], definition: string): void {
    this.#probes.push({ kind, definition })
  }

  preset(text: string): void {
    this.presets.push(...text.split(','))
  }

  /** The request as a whole. */
  finish(flags: RecordFlags, command: readonly string[]): RecordOptions {
    const version = flags.fileVersion === '6' ? 6 : 7
    return {
      output: flags.output,
      version,
      compression: flags.compression ?? (version === 6 ? 'none' : 'zstd'),
      buffers: this.#buffers,
      ...(this.#probes.length > 0 ? { probes: this.#probes } : {}),
      ...(this.presets.length > 0 ? { presets: this.presets } : {}),
      ...(command.length > 0 ? { command, umask: startedUmask } : {}),
      ...defined({
        force: flags.force,
        topLevel: flags.top,
        user: flags.user,
        filterCommand: flags.F,
        durationSeconds: flags.duration,
        keepKb: flags.keep,
        priority: flags.priority,
        pinReaders: flags.pin,
        date: flags.date,
        wakePercent: flags.wake,
      }),
    }
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function defined<T extends object>(values: T): Defined<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Defined<T>
}

function parseNumber(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value
  throw new InvalidArgumentError('it has to be a whole number.')
}

function parseSeconds(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value < 2 ** 31 / 1000) return value
  throw new InvalidArgumentError('it has to be a number of seconds, at most 24 days.')
}

function parsePositive(text: string): number {
  const value = parseNumber(text)
  if (value > 0) return value
  throw new InvalidArgumentError('it has to be more than 0.')
}

/** Adds the options of `record` to its command; they fill `request`. */
export function addRecordOptions(command: Command, request: RecordRequest): void {
  const each = (flags: string, what: string, take: (text: string) => void): void => {
    command.addOption(new Option(flags, what).argParser((text: string) => take(text)))
  }
  command
    .option('-o, --output <file>', 'the file to write', 'trace.dat')
    .option('--force', 'replace the output file if it exists')
  each(
    '-e, --event <pattern>',
    'record events: SYSTEM, SYSTEM:EVENT, globs, all, !PATTERN',
    (text) => request.event(text),
  )
  each('-f, --filter <expression>', 'only records of the -e before that match', (text) =>
    request.filter(text),
  )
  each('-R, --trigger <trigger>', 'set a trigger on the -e before', (text) => request.trigger(text))
  each('--preset <names>', 'what a question needs; see "traceduck list presets"', (text) =>
    request.preset(text),
  )
  each('-p, --plugin <tracer>', 'use a tracer such as function_graph', (text) =>
    request.set('tracer', text),
  )
  each('-l, --function <glob>', 'functions to trace', (text) => request.add('functions', text))
  each('-g, --graph <function>', 'functions to graph', (text) =>
    request.add('graphFunctions', text),
  )
  each('-n, --notrace <glob>', 'functions not to trace', (text) =>
    request.add('notraceFunctions', text),
  )
  each('-P, --pid <pids>', 'only these threads', (text) => request.pid(text))
  command.option('-F', 'only the command')
  command.option('-c, --children', 'with -P and -F: their children too')
  command.on('option:children', () => request.set('followForks', true))
  each('-C, --clock <clock>', 'trace clock', (text) => request.set('clock', text))
  each('-b, --buffer-size <kb>', 'ring buffer per CPU', (text) =>
    request.set('bufferKb', parsePositive(text)),
  )
  each('--subbuf-size <kb>', 'sub-buffer', (text) =>
    request.set('subBufferKb', parsePositive(text)),
  )
  each('-M, --cpumask <cpus>', 'only these CPUs, a list or a mask', (text) =>
    request.set('cpuMask', text),
  )
  each('-B, --buffer <name>', 'what follows is for a buffer of its own', (text) =>
    request.buffer(text),
  )
  each('-O, --option <option>', 'set a trace option, or unset it with no…', (text) =>
    request.add('options', text),
  )
  command.option('-T, --stacktrace', 'a kernel stack after each event')
  command.on('option:stacktrace', () => request.add('options', 'stacktrace'))
  command.option('--user-stack', 'a user stack after each event')
  command.on('option:user-stack', () => request.add('options', 'userstacktrace'))
  for (const kind of ['uprobe', 'kprobe', 'eprobe'] as const) {
    each(`--${kind} <definition>`, `define and record a ${kind}`, (text) =>
      request.probe(kind, text),
    )
  }
  addFileOptions(command)
}

function addFileOptions(command: Command): void {
  command
    .option('-m, --keep <kb>', 'keep only the last KB per CPU', parsePositive)
    .option('--duration <seconds>', 'stop after this long', parseSeconds)
    .option('--user <name>', 'run the command as this user')
    .addOption(new Option('--file-version <n>', 'of trace.dat').choices(['6', '7']).default('7'))
    .addOption(
      new Option('--compression <codec>', 'zstd unless told otherwise; none for version 6').choices(
        ['zstd', 'zlib', 'none'],
      ),
    )
    .option('--date', 'have readers print the wall clock')
    .option('--top', "use the kernel's top-level buffer instead of one of our own")
    .option('-r, --priority <n>', 'read with real-time priority', parsePositive)
    .option('--pin', 'read each CPU on that CPU')
    .option('--wake <percent>', 'read when a buffer is this full', parseNumber)
    .option('-q, --quiet', 'no summary')
}
