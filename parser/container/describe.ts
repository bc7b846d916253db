/**
 * A trace.dat's metadata as plain data for `info`: names as in the tables of schema `meta`, sizes
 * in bytes, 64-bit integers as strings. Reads no page data and none of the large texts.
 */
import { optionText } from './option-text.ts'
import type { BufferInstance, TraceFile } from './types.ts'

/** One CPU of a buffer, with what the recorder's statistics say about it. */
export interface CpuDescription {
  readonly cpu: number
  /** File offset of the data; null without data. */
  readonly offset: number | null
  /** Bytes in the file, compressed where the buffer is. */
  readonly bytes: number
  /** Figures of the kernel's `per_cpu/cpuN/stats` by name, blanks as `_`; empty when not stored. */
  readonly stats: Readonly<Record<string, string>>
}

/** One buffer instance; the name of the top one is ''. */
export interface BufferDescription {
  readonly name: string
  readonly clock: string
  readonly sub_buffer_size: number
  readonly compression: string
  readonly bytes: number
  readonly cpus: readonly CpuDescription[]
}

/** Everything at once. */
export interface TraceDescription {
  readonly file: string
  readonly size: number
  readonly file_version: number
  readonly compression: string
  readonly compression_version: string
  readonly endian: 'little' | 'big'
  readonly long_size: number
  readonly user_long_size: number
  readonly page_size: number
  readonly uname: string
  readonly host: string
  readonly kernel: string
  readonly machine: string
  readonly recorder: string
  readonly trace_id: string | null
  readonly cpus: number
  readonly buffers: readonly BufferDescription[]
  readonly formats: number
  /** Names of the events whose format is stored, by system, in file order. */
  readonly events: Readonly<Record<string, readonly string[]>>
  /** Added to every time stamp (option OFFSET). */
  readonly ts_offset: string
  /** Wall clock minus trace clock in ns; null when the file does not say. */
  readonly wall_offset_ns: string | null
  /** Wall clock at time stamp 0, RFC 3339 with nanoseconds; null when the file does not say. */
  readonly wall_zero: string | null
  readonly tsc2nsec: {
    readonly mult: number
    readonly shift: number
    readonly offset: string
  } | null
  /** Guest clock samples: the host's trace id, and how many samples each CPU has. */
  readonly time_shift: {
    readonly peer_trace_id: string
    readonly interpolate: boolean
    readonly samples: readonly number[]
  } | null
  readonly process_maps: readonly {
    readonly pid: number
    readonly name: string
    readonly maps: number
  }[]
  /** What the recording was asked for, as far as its recorder says; '' is the top buffer. */
  readonly settings: readonly {
    readonly buffer: string | null
    readonly setting: string
    readonly value: string
  }[]
  /** Events that the kernel enabled for it, and the filter that they had. */
  readonly recorded_events: readonly {
    readonly buffer: string
    readonly system: string
    readonly events: readonly string[]
    readonly filter: string | null
  }[]
  /** Text of a latency tracer that the file holds instead of events. */
  readonly latency_text: { readonly offset: number; readonly size: number } | null
  readonly options: readonly {
    readonly id: number
    readonly name: string
    readonly offset: number
    readonly size: number
    readonly value: string
  }[]
}

/** Longest option value that is described whole; more is a matter for `meta.options`. */
const MAX_VALUE = 4096

/** Describes an opened container; the result holds nothing of `file` and is safe for JSON. */
export function describe(file: TraceFile): TraceDescription {
  const { corrections } = file
  const [, host = '', kernel = '', machine = ''] = file.uname.split(' ')
  const wall = corrections.wallOffset ?? file.own.wallOffset
  return {
    file: file.source.name,
    size: file.source.size,
    file_version: file.version,
    compression: file.compression.name,
    compression_version: file.compression.version,
    endian: file.littleEndian ? 'little' : 'big',
    long_size: file.headerPage.longSize,
    user_long_size: file.userLongSize,
    page_size: file.pageSize,
    uname: file.uname,
    host,
    kernel,
    machine,
    recorder: file.recorder,
    trace_id: file.traceId === undefined ? null : String(file.traceId),
    cpus: file.cpuCount,
    buffers: file.buffers.map((buffer) => describeBuffer(file, buffer)),
    formats: file.formats.length,
    events: eventNames(file),
    ts_offset: String(corrections.offset),
    wall_offset_ns: wall === undefined ? null : String(wall),
    wall_zero: wall === undefined ? null : rfc3339(wall),
    tsc2nsec: describeTsc(corrections.tsc2nsec),
    time_shift: describeShift(corrections.timeShift),
    process_maps: file.processMaps.map(({ pid, name, maps }) => ({ pid, name, maps: maps.length })),
    settings: file.own.settings.map(({ buffer = null, name, value }) => ({
      buffer,
      setting: name,
      value,
    })),
    recorded_events: file.own.enabled.map(({ buffer, system, names, filter = null }) => ({
      buffer,
      system,
      events: names,
      filter,
    })),
    latency_text: file.latencyText ? { ...file.latencyText } : null,
    options: file.options.map((option) => ({
      id: option.id,
      name: option.name,
      offset: option.offset,
      size: option.payload.length,
      value: shorten(optionText(file, option)),
    })),
  }
}

/** CPUs with data or statistics, by number. */
function describeBuffer(file: TraceFile, buffer: BufferInstance): BufferDescription {
  const cpus = new Map<number, CpuDescription>()
  for (const { cpu, offset, size } of buffer.cpus) {
    cpus.set(cpu, { cpu, offset, bytes: size, stats: {} })
  }
  for (const { buffer: name, cpu, values } of file.cpuStats) {
    if (name !== buffer.name) continue
    const stats = Object.fromEntries(
      [...values].map(([key, value]) => [key.replaceAll(' ', '_'), value]),
    )
    cpus.set(cpu, { ...(cpus.get(cpu) ?? { cpu, offset: null, bytes: 0 }), stats })
  }
  return {
    name: buffer.name,
    clock: buffer.clock,
    sub_buffer_size: buffer.subBufferSize,
    compression: buffer.compression,
    bytes: buffer.cpus.reduce((sum, { size }) => sum + size, 0),
    cpus: [...cpus.values()].sort((a, b) => a.cpu - b.cpu),
  }
}

function eventNames(file: TraceFile): Record<string, string[]> {
  const systems = new Map<string, string[]>()
  for (const { system, text } of file.formats) {
    const name = /^name:\s*(\S+)/m.exec(text.slice(0, 512))?.[1]
    const names = systems.get(system) ?? []
    if (names.length === 0) systems.set(system, names)
    if (name !== undefined) names.push(name)
  }
  return Object.fromEntries(systems)
}

function describeTsc(tsc: TraceFile['corrections']['tsc2nsec']): TraceDescription['tsc2nsec'] {
  return tsc ? { mult: tsc.mult, shift: tsc.shift, offset: String(tsc.offset) } : null
}

function describeShift(
  shift: TraceFile['corrections']['timeShift'],
): TraceDescription['time_shift'] {
  if (!shift) return null
  return {
    peer_trace_id: String(shift.peerTraceId),
    interpolate: shift.interpolate,
    samples: shift.cpus.map(({ times }) => times.length),
  }
}

/** Nanoseconds since 1970 as RFC 3339; null outside of what a date can be. */
function rfc3339(ns: bigint): string | null {
  const second = 1_000_000_000n
  const fraction = ((ns % second) + second) % second
  const date = new Date(Number((ns - fraction) / 1_000_000n))
  if (Number.isNaN(date.getTime())) return null
  return date.toISOString().replace(/\.\d+Z$/, `.${String(fraction).padStart(9, '0')}Z`)
}

function shorten(text: string): string {
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE)}…`
}
