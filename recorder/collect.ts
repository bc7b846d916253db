/**
 * Reads from tracefs and /proc what readers of the file need besides the pages.
 * Authority: trace-cmd.dat.v7(5), Documentation/trace/ftrace.rst.
 */
import { randomBytes } from 'node:crypto'
import { arch, hostname, machine, release, type } from 'node:os'
import {
  type Metadata,
  OPTION,
  type OptionRecord,
  type SystemFormats,
  textOption,
} from '../writer/metadata.ts'
import { readKallsyms } from './kernel-symbols.ts'
import type { Tracefs } from './tracefs.ts'

/** What there is to say of each buffer at the end, and of the whole machine at the start. */
export interface Collected {
  readonly metadata: Metadata
  /** Sentences about what could not be had. */
  readonly notices: readonly string[]
}

/** CPUs that a buffer has, in order. */
export function listCpus(buffer: Tracefs): number[] {
  return buffer
    .folders('per_cpu')
    .flatMap((name) => (/^cpu\d+$/.test(name) ? [Number(name.slice(3))] : []))
    .sort((a, b) => a - b)
}

/** The selected word of `trace_clock`. */
export function currentClock(buffer: Tracefs): string {
  return /\[([^\]]+)\]/.exec(buffer.read('trace_clock'))?.[1] ?? 'local'
}

/** Bytes of a sub-buffer of this buffer, head included. */
export function subBufferBytes(buffer: Tracefs, headerPage: string): number {
  const kb = Number(buffer.tryRead('buffer_subbuf_size_kb') ?? 0)
  if (kb > 0) return kb * 1024
  const data = /char data;\s*offset:(\d+);\s*size:(\d+)/.exec(headerPage)
  return data ? Number(data[1]) + Number(data[2]) : 4096
}

const HEADER_PAGE = 'events/header_page'

/** Everything that is known before the first event. `buffers` are set up, the main one first. */
export function collectMetadata(buffers: readonly Tracefs[], recorder: string): Collected {
  const main = buffers[0]!
  const { top } = main
  const notices: string[] = []
  // An instance may have sub-buffers of its own size.
  const headerPage = readOr(main.exists(HEADER_PAGE) ? main : top, HEADER_PAGE)
  const kallsyms = readKallsyms(notices)
  const options: OptionRecord[] = [
    { id: OPTION.cpucount, payload: u32(cpuCount(main)) },
    textOption(OPTION.traceclock, main.read('trace_clock')),
    textOption(OPTION.uname, [type(), hostname(), release(), machine() || arch()].join(' ')),
    textOption(OPTION.version, recorder),
    { id: OPTION.traceid, payload: randomBytes(8) },
  ]
  const metadata: Metadata = {
    headerPage,
    headerEvent: readOr(top, 'events/header_event'),
    ftraceFormats: readFormats(top, 'ftrace'),
    systems: enabledFormats(buffers),
    kallsyms,
    printkFormats: readOr(top, 'printk_formats'),
    savedCmdlines: Buffer.alloc(0),
    options,
    cpuCount: cpuCount(main),
    pageSize: subBufferBytes(main, headerPage.toString('latin1')),
  }
  return { metadata, notices }
}

/** One more than the highest CPU number. */
function cpuCount(buffer: Tracefs): number {
  return Math.max(0, ...listCpus(buffer)) + 1
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function readOr(tracefs: Tracefs, path: string): Buffer {
  return tracefs.exists(path) ? tracefs.readBytes(path) : Buffer.alloc(0)
}

function readFormats(top: Tracefs, system: string): Buffer[] {
  return top.folders(`events/${system}`).flatMap((event) => {
    const path = `events/${system}/${event}/format`
    return top.exists(path) ? [top.readBytes(path)] : []
  })
}

/** Formats of all events of this kernel. */
export function allFormats(top: Tracefs): SystemFormats[] {
  return top
    .folders('events')
    .filter((system) => system !== 'ftrace')
    .map((system) => ({ system, formats: readFormats(top, system) }))
    .filter(({ formats }) => formats.length > 0)
}

/** Formats of the events that are enabled in any of the buffers. */
function enabledFormats(buffers: readonly Tracefs[]): SystemFormats[] {
  const systems = new Map<string, Set<string>>()
  for (const buffer of buffers) {
    for (const line of buffer.read('set_event').split('\n')) {
      const [system, event] = line.trim().split(':')
      if (!system || !event) continue
      const events = systems.get(system) ?? new Set()
      systems.set(system, events.add(event))
    }
  }
  const { top } = buffers[0]!
  return [...systems].sort().map(([system, events]) => ({
    system,
    formats: [...events].map((event) => top.readBytes(`events/${system}/${event}/format`)),
  }))
}

/** The kernel's counters of one CPU of a buffer. */
export function readStats(buffer: Tracefs, cpu: number): ReadonlyMap<string, number> {
  const text = buffer.read(`per_cpu/cpu${cpu}/stats`)
  return new Map(
    text.split('\n').flatMap((line) => {
      const colon = line.lastIndexOf(':')
      return colon < 0 ? [] : [[line.slice(0, colon), Number(line.slice(colon + 1))] as const]
    }),
  )
}

/** Options with the counters of all CPUs, of the main buffer and then of the others. */
export function cpuStatOptions(
  buffers: readonly { readonly name: string; readonly tracefs: Tracefs }[],
): OptionRecord[] {
  return buffers.flatMap(({ name, tracefs }) => [
    ...(name === '' ? [] : [textOption(OPTION.cpustat, `\nBuffer: ${name}\n\n`)]),
    ...listCpus(tracefs).map((cpu) =>
      textOption(OPTION.cpustat, `CPU: ${cpu}\n${tracefs.read(`per_cpu/cpu${cpu}/stats`)}`),
    ),
  ])
}
