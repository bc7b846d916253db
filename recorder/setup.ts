/** The ring buffers of a recording: made and set up with tracing off, every change journaled. */

import type { EnabledEvent } from './event-settings.ts'
import { findProgram } from './find-program.ts'
import type { Journal } from './journal.ts'
import type { ResolvedPreset } from './presets.ts'
import { applySettings, needsTopLevel } from './settings.ts'
import type { Tracefs } from './tracefs.ts'
import type { BufferRequest, EventRequest, ProbeRequest, RecordOptions } from './types.ts'

/** A buffer of the recording and its control files. */
export interface LiveBuffer {
  /** Name in the file. */
  readonly name: string
  readonly tracefs: Tracefs
  /** What is recorded into it; absent where nobody of us set it up. */
  readonly setUp?: { readonly request: BufferRequest; readonly events: readonly EnabledEvent[] }
}

/**
 * Defines the probes, makes all buffers and sets them up. The main buffer is an instance of our own
 * unless the top-level one was asked for or is the only one that will do. What goes wrong is thrown,
 * and undone by restoring the journal. `commandPid` is for `filterCommand`.
 */
export async function setUpBuffers(
  tracefs: Tracefs,
  journal: Journal,
  options: RecordOptions,
  commandPid: number | undefined,
  notices: string[],
): Promise<LiveBuffer[]> {
  keepMoreNames(tracefs, journal, notices)
  const presets = await setUpPresets(tracefs, journal, options, notices)
  const probes = await setUpProbes(tracefs, journal, options, presets?.probes ?? [], notices)
  const extra = [...(presets?.events ?? []).map((pattern) => ({ pattern })), ...probes]
  return options.buffers.map((asked, index) => {
    const pids = options.filterCommand && commandPid !== undefined ? [commandPid] : []
    const request: BufferRequest = {
      ...asked,
      events: index === 0 ? [...extra, ...asked.events] : asked.events,
      ...largerBuffer(index === 0 ? presets?.bufferKb : undefined, asked.bufferKb),
      pids: [...(asked.pids ?? []), ...pids],
    }
    const made = makeBuffer(tracefs, journal, options, index, notices)
    for (const option of index === 0 && made.instance !== '' ? [TGID, MARKERS] : [TGID])
      if (made.exists(option)) journal.set(made, option, '1')
    const applied = applySettings(made, journal, request)
    notices.push(...applied.notices)
    if (options.wakePercent !== undefined && made.exists('buffer_percent')) {
      journal.set(made, 'buffer_percent', String(options.wakePercent))
    }
    return { name: request.name, tracefs: made, setUp: { request, events: applied.events } }
  })
}

/** Makes the kernel note which process a thread belongs to when it notes its name. */
const TGID = 'options/record-tgid'
/** Copies what programs write to `trace_marker`, which goes to the top-level buffer; recent kernels only. */
const MARKERS = 'options/copy_trace_marker'

const NAMES = 'saved_cmdlines_size'
/** Threads whose names the kernel is to remember. Older kernels have room for 128, newer for thousands. */
const ENOUGH_NAMES = 4096

/**
 * Another size makes the kernel forget the names that it has, which others may want: so only where
 * it is small. What is large enough is set to what it is, so that a recording that made it larger
 * leaves it to this one.
 */
function keepMoreNames({ top }: Tracefs, journal: Journal, notices: string[]): void {
  const now = Number(top.tryRead(NAMES) ?? Number.NaN)
  if (Number.isNaN(now)) return
  try {
    journal.set(top, NAMES, String(Math.max(now, ENOUGH_NAMES)))
  } catch (error) {
    notices.push(`the kernel keeps the names of ${now} threads only: ${(error as Error).message}`)
  }
}

async function setUpPresets(
  tracefs: Tracefs,
  journal: Journal,
  options: RecordOptions,
  notices: string[],
): Promise<ResolvedPreset | undefined> {
  if (!options.presets?.length) return undefined
  const { pidFilterNotice, readCapabilities, resolvePresets } = await import('./presets.ts')
  const presets = resolvePresets(options.presets, readCapabilities(tracefs, journal))
  const filtered = options.filterCommand || (options.buffers[0]?.pids?.length ?? 0) > 0
  const filter = pidFilterNotice(presets, filtered)
  notices.push(...presets.notices, ...(filter === undefined ? [] : [filter]))
  return presets
}

/** A preset asks for room only where the user did not. */
function largerBuffer(
  wanted: number | undefined,
  asked: number | undefined,
): Pick<BufferRequest, 'bufferKb'> {
  return asked === undefined && wanted !== undefined ? { bufferKb: wanted } : {}
}

async function setUpProbes(
  tracefs: Tracefs,
  journal: Journal,
  options: RecordOptions,
  ofPresets: readonly ProbeRequest[],
  notices: string[],
): Promise<EventRequest[]> {
  const probes = [...(options.probes ?? []), ...ofPresets]
  if (probes.length === 0) return []
  const { defineProbes, readGroups, resolveProbes } = await import('./probes.ts')
  const [program] = options.command ?? []
  const plan = resolveProbes(probes, {
    takenGroups: readGroups(tracefs),
    program: program === undefined ? undefined : findProgram(program, process.env),
    pids: options.buffers.flatMap(({ pids }) => pids ?? []),
  })
  notices.push(...plan.notices)
  defineProbes(tracefs, journal, plan.probes)
  return plan.probes.map(({ group, event }) => ({ pattern: `${group}:${event}` }))
}

function makeBuffer(
  tracefs: Tracefs,
  journal: Journal,
  options: RecordOptions,
  index: number,
  notices: string[],
): Tracefs {
  const request = options.buffers[index]!
  if (index === 0 && options.topLevel) return emptied(tracefs, journal)
  const made = journal.createInstance(instanceName(index))
  const why = needsTopLevel(made, request)
  if (why === undefined) return made
  if (index > 0) return made
  notices.push(`used the top-level buffer: ${why}`)
  return emptied(tracefs, journal)
}

/** What others recorded there before would otherwise be in our file. */
function emptied(top: Tracefs, journal: Journal): Tracefs {
  journal.set(top, 'tracing_on', '0')
  top.write('trace', '')
  return top
}

function instanceName(index: number): string {
  return `traceduck-${process.pid}${index === 0 ? '' : `-${index}`}`
}

/** Keeps the recorder's own threads out of every buffer; returns why that is not possible. */
export function excludeThreads(
  journal: Journal,
  buffers: readonly LiveBuffer[],
  threads: readonly number[],
): string | undefined {
  try {
    for (const { tracefs } of buffers) {
      journal.include(tracefs, 'set_event_notrace_pid', threads.map(String))
    }
    return undefined
  } catch (error) {
    return `the recorder is in its own trace: ${(error as Error).message}`
  }
}
