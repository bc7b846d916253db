/**
 * What a recording says about its ring buffers: the kernel's own statistics, and how much data of
 * each CPU the file holds. Reads no events; of compressed data, the sizes of the chunks only.
 */
import type { Diagnostics } from '../diagnostics.ts'
import { openChunkReader } from './chunk-reader.ts'
import { OPTION } from './options.ts'
import type { BufferInstance, CpuData, TraceFile } from './types.ts'

/** The data of one CPU of one buffer. */
export interface CpuStatistics {
  readonly cpu: number
  /** Where its data is in the file; null where there is none. */
  readonly offset: number | null
  /** Bytes of its data in the file. */
  readonly bytes: number
  /** Bytes of its sub-buffers. */
  readonly uncompressed_bytes: number
  /** The kernel's figures by name, `_` for blanks, as text; empty when the file has none. */
  readonly stats: Readonly<Record<string, string>>
}

/** One ring buffer. */
export interface BufferStatistics {
  readonly name: string
  readonly clock: string
  readonly sub_buffer_size: number
  /** CPUs with data or figures of the kernel, by number. */
  readonly cpus: readonly CpuStatistics[]
}

/** All of it, fit for JSON. */
export interface TraceStatistics {
  readonly file: string
  readonly cpus: number
  readonly buffers: readonly BufferStatistics[]
}

type Values = ReadonlyMap<string, string>

/** Collects the statistics; chunks that make no sense go to `diagnostics`. */
export function statistics(file: TraceFile, diagnostics: Diagnostics): TraceStatistics {
  const stats = new Map<string, Map<number, Values>>()
  for (const { buffer, cpu, values } of file.cpuStats) {
    const own = stats.get(buffer) ?? new Map<number, Values>()
    stats.set(buffer, own.set(cpu, values))
  }
  return {
    file: file.source.name,
    cpus: file.cpuCount,
    buffers: file.buffers.map((buffer) => ({
      name: buffer.name,
      clock: buffer.clock,
      sub_buffer_size: buffer.subBufferSize,
      cpus: cpuStatistics(file, buffer, stats.get(buffer.name) ?? new Map(), diagnostics),
    })),
  }
}

function cpuStatistics(
  file: TraceFile,
  buffer: BufferInstance,
  stats: ReadonlyMap<number, Values>,
  diagnostics: Diagnostics,
): CpuStatistics[] {
  const data = new Map(buffer.cpus.map((one) => [one.cpu, one]))
  const numbers = new Set([...data.keys(), ...stats.keys()])
  return [...numbers]
    .sort((a, b) => a - b)
    .map((cpu) => {
      const found = data.get(cpu)
      const values = [...(stats.get(cpu) ?? [])]
      return {
        cpu,
        offset: found?.offset ?? null,
        bytes: found?.size ?? 0,
        uncompressed_bytes: found ? uncompressedBytes(file, buffer, found, diagnostics) : 0,
        stats: Object.fromEntries(values.map(([key, value]) => [key.replaceAll(' ', '_'), value])),
      }
    })
}

function uncompressedBytes(
  file: TraceFile,
  buffer: BufferInstance,
  data: CpuData,
  diagnostics: Diagnostics,
): number {
  const reader = openChunkReader(file, buffer, data, diagnostics)
  let bytes = 0
  for (let size = reader.next(); size > 0; size = reader.next()) bytes += size
  return bytes
}

const HEAD = `
Kernel buffer statistics:
  Note: "entries" are the entries left in the kernel ring buffer and are not
        recorded in the trace data. They should all be zero.

`

/**
 * The statistics as `trace-cmd report --stat` prints them (3.4), but for lines about hooks: the kernel's texts byte by byte,
 * and the data of the first buffer's CPUs. Of compressed data it gives places in a file that it
 * makes for itself: sub-buffers back to back, from the second on.
 */
export function statisticsText(file: TraceFile, { buffers }: TraceStatistics): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from(`cpus=${file.cpuCount}\n${HEAD}`)]
  const texts = file.options.filter(({ id }) => id === OPTION.cpuStat)
  for (const { payload } of texts) parts.push(payload.subarray(0, -1), Buffer.from('\n'))
  parts.push(Buffer.from(texts.length === 0 ? ' No stats in this file\n' : '\n'))
  const [top] = file.buffers
  const found = new Map(buffers[0]?.cpus.map((one) => [one.cpu, one]))
  let next = top?.subBufferSize ?? 0
  for (let cpu = 0; cpu < linesOf(file); cpu++) {
    const bytes = found.get(cpu)?.uncompressed_bytes ?? 0
    let at = found.get(cpu)?.offset ?? top?.emptyAt?.get(cpu) ?? 0
    if (top?.compression !== 'none' && bytes > 0) {
      at = next
      next += bytes
    }
    const place = `CPU${cpu} data recorded at offset=0x${at.toString(16)}`
    parts.push(Buffer.from(`${place}\n    ${bytes} bytes in size\n`))
  }
  return Buffer.concat(parts)
}

/** Version 6 has a line for each CPU; version 7 names CPUs with data, and those before are filled in. */
function linesOf({ version, buffers, cpuCount }: TraceFile): number {
  if (version === 6) return cpuCount
  return (buffers[0]?.cpus ?? []).reduce((most, { cpu }) => Math.max(most, cpu + 1), 0)
}
