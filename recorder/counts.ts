/** What the kernel counted while a recording ran, and what would have avoided its losses. */
import { closeSync, openSync, readSync } from 'node:fs'
import { listCpus, readStats } from './collect.ts'
import { type RawBuffer, segmentBytes } from './finish.ts'
import type { LiveBuffer } from './setup.ts'
import type { CpuSegments, CpuSummary } from './types.ts'

/** One CPU's counters, taken when tracing is off and before the last sub-buffers are. */
export interface CpuCounts {
  readonly buffer: string
  readonly cpu: number
  /** Events that were or will be read. */
  readonly events: number
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
      return { buffer: name, cpu, events: count('entries') + count('read events'), lost, bufferKb }
    }),
  )
}

/** Puts counters and what was drained into `raw` together. */
export function summarize(
  raw: string,
  counts: readonly CpuCounts[],
  buffers: readonly RawBuffer[],
): CpuSummary[] {
  return counts.map((count) => {
    const buffer = buffers.find(({ name }) => name === count.buffer)!
    const drained = buffer.cpus.find(({ cpu }) => cpu === count.cpu) ?? {
      cpu: count.cpu,
      segments: [],
    }
    const gap = count.lost > 0 ? largestGap(raw, drained, buffer.subBufferBytes) : 0
    return summarizeCpu(count, drained, gap)
  })
}

function summarizeCpu(counts: CpuCounts, drained: CpuSegments, gap: number): CpuSummary {
  const { buffer, cpu, events, lost, bufferKb } = counts
  const bytes = segmentBytes(drained.segments)
  const summary = { buffer, cpu, events, lost, bytes }
  if (lost === 0) return summary
  const eventBytes = events > 0 ? bytes / events : 64
  const missing = Math.min(gap || lost, lost) * eventBytes
  return { ...summary, neededKb: roundUp(bufferKb + missing / 1024) }
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
 * The most events that one gap of this CPU's pages says were lost, 0 where no page says how many.
 * A buffer that is larger by that much would have closed it.
 */
function largestGap(path: string, drained: CpuSegments, pageBytes: number): number {
  const fd = openSync(path, 'r')
  const page = Buffer.alloc(pageBytes)
  let largest = 0
  try {
    for (const { offset, size } of drained.segments) {
      for (let at = offset; at < offset + size; at += pageBytes) {
        readSync(fd, page, 0, HEAD, at)
        const commit = page.readUInt32LE(8)
        if ((commit & MISSED_STORED) === 0 || commit < MISSED) continue
        const used = commit % 2 ** 20
        readSync(fd, page, 0, 8, at + HEAD + used)
        largest = Math.max(largest, Number(page.readBigUInt64LE(0)))
      }
    }
  } finally {
    closeSync(fd)
  }
  return largest
}
