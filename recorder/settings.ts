/**
 * Setting up one ring buffer as asked for: clock, sizes, CPUs, options, tracer, threads, events.
 * Everything goes through the journal; tracing stays off.
 */
import { TraceError } from '../parser/error.ts'
import { applyEvents, type EnabledEvent } from './event-settings.ts'
import type { Journal } from './journal.ts'
import type { Tracefs } from './tracefs.ts'
import type { BufferRequest } from './types.ts'

/** What was set, and what could not be. */
export interface AppliedSettings {
  /** Events that the kernel reports as enabled. */
  readonly events: readonly EnabledEvent[]
  /** Sentences for the user. */
  readonly notices: readonly string[]
}

/**
 * Sets up a buffer and leaves `tracing_on` at 0. Throws `ERR_RECORD_UNSUPPORTED`,
 * `ERR_TRACEFS_DENIED`, `ERR_TRACEFS_WRITE`, `ERR_EVENT_ENABLE`, `ERR_TRACER_BUSY`, `ERR_USAGE`; what
 * was set until then is in the journal.
 */
export function applySettings(
  buffer: Tracefs,
  journal: Journal,
  request: BufferRequest,
): AppliedSettings {
  const notices: string[] = []
  journal.set(buffer, 'tracing_on', '0')
  if (request.clock !== undefined) setClock(buffer, journal, request.clock)
  setSizes(buffer, journal, request, notices)
  if (request.cpuMask !== undefined) {
    journal.set(buffer, 'tracing_cpumask', parseCpuMask(request.cpuMask))
  }
  setFunctions(buffer, journal, request)
  if (request.tracer !== undefined) setTracer(buffer, journal, request.tracer)
  for (const option of request.options ?? []) setOption(buffer, journal, option)
  setPids(buffer, journal, request)
  const events = applyEvents(buffer, journal, request.events, notices)
  return { events, notices }
}

/**
 * Why the request needs the top-level buffer, undefined when the instance will do. Unit of the
 * answer: a sentence for the user.
 */
export function needsTopLevel(instance: Tracefs, request: BufferRequest): string | undefined {
  const { tracer } = request
  if (tracer !== undefined && tracer !== 'nop') {
    const here = words(instance.tryRead('available_tracers'))
    const top = words(instance.top.tryRead('available_tracers'))
    if (!here.includes(tracer) && top.includes(tracer)) {
      return `the tracer ${tracer} works in the top-level buffer only`
    }
  }
  if (request.graphFunctions?.length && !instance.exists('set_graph_function')) {
    if (instance.top.exists('set_graph_function')) {
      return 'functions to graph can be chosen in the top-level buffer only'
    }
  }
  return undefined
}

/** Clocks that the kernel offers. */
export function listClocks(buffer: Tracefs): string[] {
  return words(buffer.read('trace_clock')).map((word) => word.replace(/^\[(.*)\]$/, '$1'))
}

/** Tracers that a buffer offers. */
export function listTracers(buffer: Tracefs): string[] {
  return words(buffer.read('available_tracers'))
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter(Boolean)
}

function setClock(buffer: Tracefs, journal: Journal, clock: string): void {
  checkOneOf('clock', clock, listClocks(buffer))
  journal.set(buffer, 'trace_clock', clock)
}

function checkOneOf(what: string, name: string, there: readonly string[]): void {
  if (there.includes(name)) return
  throw new TraceError('ERR_RECORD_UNSUPPORTED', `this kernel has no ${what} ${name}`, {
    hint: `it has ${there.join(', ')}`,
  })
}

function setSizes(
  buffer: Tracefs,
  journal: Journal,
  { bufferKb, subBufferKb }: BufferRequest,
  notices: string[],
): void {
  if (subBufferKb !== undefined) {
    journal.set(buffer, 'buffer_subbuf_size_kb', String(subBufferKb))
    const got = Number(buffer.read('buffer_subbuf_size_kb'))
    if (got !== subBufferKb) notices.push(`sub-buffers are ${got} KB: the kernel rounds up`)
  }
  if (bufferKb !== undefined) setBufferSize(buffer, journal, bufferKb)
}

/** Sizes that differ between CPUs are restored CPU by CPU. */
function setBufferSize(buffer: Tracefs, journal: Journal, kb: number): void {
  if (buffer.read('buffer_size_kb').trim() !== 'X') {
    journal.set(buffer, 'buffer_size_kb', String(kb))
    return
  }
  for (const cpu of buffer.folders('per_cpu')) {
    journal.set(buffer, `per_cpu/${cpu}/buffer_size_kb`, String(kb))
  }
}

/**
 * The text for `tracing_cpumask`. A list has a `-` or a `,` (`0-3`, `1,5`); anything else is a
 * hexadecimal mask, as trace-cmd's `-M`. Throws `ERR_USAGE`.
 */
export function parseCpuMask(text: string): string {
  if (/^(0x)?[0,]+$/i.test(text)) throw badMask(text)
  if (/^(0x)?[0-9a-f]+$/i.test(text)) return groups(BigInt(`0x${text.replace(/^0x/i, '')}`))
  if (/^[0-9a-f]{1,8}(,[0-9a-f]{8})+$/i.test(text)) return text
  let mask = 0n
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? []
    if (first === undefined || Number(last) < Number(first)) throw badMask(text)
    for (let cpu = Number(first); cpu <= Number(last); cpu++) mask |= 1n << BigInt(cpu)
  }
  return groups(mask)
}

function groups(mask: bigint): string {
  const digits = mask.toString(16)
  return digits.replace(/(?!^)(?=(.{8})+$)/g, ',')
}

function badMask(text: string): TraceError {
  return new TraceError('ERR_USAGE', `'${text}' is neither a list nor a mask of CPUs`, {
    hint: 'write a list such as 0-3,7 or a hexadecimal mask such as f; CPU 0 alone is the mask 1',
  })
}

function setFunctions(buffer: Tracefs, journal: Journal, request: BufferRequest): void {
  const lists = [
    ['set_ftrace_filter', request.functions],
    ['set_ftrace_notrace', request.notraceFunctions],
    ['set_graph_function', request.graphFunctions],
  ] as const
  for (const [file, functions] of lists) {
    if (!functions?.length) continue
    if (!buffer.exists(file)) throw noFunctionTracing(`there is no ${file}`)
    ruledOut(`${file} is refused`, () => journal.set(buffer, file, functions.join('\n')))
  }
}

function setTracer(buffer: Tracefs, journal: Journal, tracer: string): void {
  const there = listTracers(buffer)
  if (!there.includes(tracer) && tracer.startsWith('function')) {
    throw noFunctionTracing(`this kernel has no tracer ${tracer}; it has ${there.join(', ')}`)
  }
  checkOneOf('tracer', tracer, there)
  ruledOut(`the tracer ${tracer} is refused`, () => journal.set(buffer, 'current_tracer', tracer))
}

/** Says what lockdown means for functions, where it is what refuses. */
function ruledOut(what: string, action: () => void): void {
  try {
    action()
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined
    if (cause?.code === 'EPERM') throw noFunctionTracing(`${what} by this kernel's lockdown`, error)
    throw error
  }
}

function noFunctionTracing(why: string, cause?: unknown): TraceError {
  return new TraceError('ERR_RECORD_UNSUPPORTED', `functions cannot be traced: ${why}`, {
    hint: 'record events (-e) or uprobes (--uprobe) instead; traceduck doctor shows what works',
    cause,
  })
}

/**
 * Sets one option, `name` or `noname`. One that the instance does not have is set for the machine.
 * Throws `ERR_RECORD_UNSUPPORTED` when there is none of that name.
 */
export function setOption(buffer: Tracefs, journal: Journal, option: string): void {
  for (const scope of buffer.instance === '' ? [buffer] : [buffer, buffer.top]) {
    for (const [name, value] of [
      [option, '1'],
      [option.replace(/^no-?/, ''), '0'],
    ] as const) {
      const path = `options/${name}`
      if (!/^[\w-]+$/.test(name) || !scope.exists(path)) continue
      journal.set(scope, path, value)
      return
    }
  }
  throw new TraceError('ERR_RECORD_UNSUPPORTED', `this kernel has no trace option ${option}`, {
    hint: 'see those it has: traceduck list options',
  })
}

/** Records only the threads asked for, and their children with `followForks`. */
export function setPids(
  buffer: Tracefs,
  journal: Journal,
  { pids, followForks, tracer }: Pick<BufferRequest, 'pids' | 'followForks' | 'tracer'>,
): void {
  if (!pids?.length) return
  const items = pids.map(String)
  journal.include(buffer, 'set_event_pid', items)
  if (followForks) setOption(buffer, journal, 'event-fork')
  if (tracer === undefined || !tracer.startsWith('function')) return
  ruledOut('set_ftrace_pid is refused', () => journal.include(buffer, 'set_ftrace_pid', items))
  if (followForks) setOption(buffer, journal, 'function-fork')
}
