/** What the kernel counted while a recording ran, and what would have avoided its losses. */
import { closeSync, openSync, readSync } from 'node:fs'
import { countRecords } from '../parser/container/page-records.ts'
import type { HeaderPage } from '../parser/container/types.ts'
import { listCpus, readStats } from './collect.ts'
import { type RawBuffer, segmentBytes } from './finish.ts'
import type { LiveBuffer } from './setup.ts'
import type { CpuSummary, Segment } from './types.ts'

/** One CPU's counters, taken when tracing is off and before the last sub-buffers are. */
export interface CpuCounts {
  readonly buffer: string
  readonly cpu: number
  /** Events that were or will be read. */
  readonly events: number
  /** Those of them that are still in the buffer. */
  readonly entries: number
  readonly lost: number
  readonly bufferKb: number
}

/** Counters of all CPUs of all buffers. */
export function countEvents(buffers: readonly LiveBuffer[]): CpuCounts[] {
  return buffers.flatMap(({ name, tracefs }) =>
    listCpus(tracefs).map((cpu) => {
      const stats = readStats(tracefs, cpu)
      const count = (key: string): number => stats.get(key) ?? 0
      const bufferKb = Number.parseInt(tracefs.read(`per_cpu/cpu${cpu}/buffer_size_kb`), 10)
      const lost = count('overrun') + count('commit overrun') + count('dropped events')
      const entries = count('entries')
      const events = entries + count('read events')
      return { buffer: name, cpu, events, entries, lost, bufferKb }
    }),
  )
}

/**
 * Puts counters and what was drained into `raw` together. With `page`, the events that are in the
 * file are counted there, and those that the kernel counted besides are `absent`.
 */
export function summarize(
  raw: string,
  counts: readonly CpuCounts[],
  buffers: readonly RawBuffer[],
  page?: HeaderPage,
): CpuSummary[] {
  const fd = openSync(raw, 'r')
  try {
    return counts.map((count) => {
      const { subBufferBytes, cpus } = buffers.find(({ name }) => name === count.buffer)!
      const segments = cpus.find(({ cpu }) => cpu === count.cpu)?.segments ?? []
      const { buffer, cpu, events, lost } = count
      const bytes = segmentBytes(segments)
      const there = page ? countIn(fd, segments, subBufferBytes, page) : events
      const summary = {
        buffer,
        cpu,
        events: there,
        lost,
        bytes,
        absent: Math.max(0, events - there),
      }
      if (lost === 0) return summary
      const missing = Math.min(largestGap(fd, segments, subBufferBytes) || lost, lost)
      const eventBytes = there > 0 ? bytes / there : 64
      return { ...summary, neededKb: roundUp(count.bufferKb + (missing * eventBytes) / 1024) }
    })
  } finally {
    closeSync(fd)
  }
}

/** Sizes that are easy to type: 1.5 times and powers of two, in KB. */
function roundUp(kb: number): number {
  for (let size = 1024; ; size *= 2) {
    if (size >= kb) return size
    if (size * 1.5 >= kb) return size * 1.5
  }
}

const MISSED = 2 ** 31
const MISSED_STORED = 2 ** 30
const HEAD = 16

/**
 * The most events that one gap of a CPU's pages says were lost, 0 where no page says how many. A
 * buffer that is larger by that much would have closed it.
 */
function largestGap(fd: number, segments: readonly Segment[], pageBytes: number): number {
  const page = Buffer.alloc(pageBytes)
  let largest = 0
  for (const { offset, size } of segments) {
    for (let at = offset; at < offset + size; at += pageBytes) {
      readSync(fd, page, 0, HEAD, at)
      const commit = page.readUInt32LE(8)
      if ((commit & MISSED_STORED) === 0 || commit < MISSED) continue
      const used = commit % 2 ** 20
      readSync(fd, page, 0, 8, at + HEAD + used)
      largest = Math.max(largest, Number(page.readBigUInt64LE(0)))
    }
  }
  return largest
}

/** Records in a CPU's pages in the file at `path`. */
export function countSegments(
  path: string,
  segments: readonly Segment[],
  pageBytes: number,
  layout: HeaderPage,
): number {
  const fd = openSync(path, 'r')
  try {
    return countIn(fd, segments, pageBytes, layout)
  } finally {
    closeSync(fd)
  }
}

function countIn(
  fd: number,
  segments: readonly Segment[],
  pageBytes: number,
  layout: HeaderPage,
): number {
  const page = Buffer.alloc(pageBytes)
  let records = 0
  for (const { offset, size } of segments) {
    for (let at = offset; at < offset + size; at += pageBytes) {
      readSync(fd, page, 0, pageBytes, at)
      records += countRecords(page, true, layout).records
    }
  }
  return records
}
