/**
 * Tables of CPUs in a version 6 file: the top buffer's stands in line, an instance's where option
 * BUFFER { u64 offset, z name } points. All start with the tag "flyrecord\0".
 * Authority: trace-cmd.dat.v6(5), trace-cmd 3.4.
 *
 *   per CPU { u64 data offset, u64 data size }
 *   u64 n, n bytes clock text     only when the file has option TRACECLOCK
 *
 * A table has as many lines as the file has CPUs, or as many as a CPUCOUNT option right after the
 * instance's BUFFER option says: writers differ, so the count is taken that makes sense in place.
 */
import { TraceError } from '../error.ts'
import { CpuTable, DataMap } from './buffers.ts'
import { type ContainerContext, openPayload } from './context.ts'
import { Cursor } from './cursor.ts'
import { subBufferBytes } from './header-page.ts'
import type { OptionFacts } from './option-decode.ts'
import { OPTION, parseClock } from './options.ts'
import { statsWithData } from './salvage.ts'
import { findPageRuns } from './salvage-pages.ts'
import type { BufferInstance, CpuData, HeaderPage, TraceOption } from './types.ts'

const TAG_BYTES = 10
/** No `trace_clock` text is longer. */
export const MAX_CLOCK_TEXT = 4096

/** What the parts before the tables say. */
export interface BufferFacts {
  readonly headerPage: HeaderPage
  readonly cpuCount: number
  readonly facts: OptionFacts
  readonly options: readonly TraceOption[]
}

/**
 * Reads the table of the top buffer at `cursor` and those of the instances that options name.
 * A damaged table of an instance is reported and the instance left out; one of the top throws.
 */
export function readBuffersV6(
  context: ContainerContext,
  cursor: Cursor,
  known: BufferFacts,
): BufferInstance[] {
  const map = new DataMap(context)
  const buffers = [readBuffer(context, cursor, '', known.cpuCount, known, map)]
  for (const [index, option] of known.options.entries()) {
    if (option.id !== OPTION.buffer) continue
    try {
      buffers.push(readInstance(context, option, known.options[index + 1], known, map))
    } catch (cause) {
      if (!(cause instanceof TraceError)) throw cause
      const at = { offset: option.offset }
      context.diagnostics.report(cause.code, 'data_loss', `buffer instance: ${cause.message}`, at)
    }
  }
  return map.finish(buffers)
}

function readInstance(
  context: ContainerContext,
  option: TraceOption,
  following: TraceOption | undefined,
  known: BufferFacts,
  map: DataMap,
): BufferInstance {
  const payload = openPayload(context, option)
  const offset = payload.size('offset of an instance')
  const name = payload.text(payload.left, 'name of an instance').replace(/\0.*$/s, '')
  const cursor = openAt(context, offset)
  const tag = readTag(cursor)
  if (tag !== 'flyrecord') {
    throw cursor.error('ERR_TRACE_SECTION', `no data of instance '${name}' at ${offset}`)
  }
  const counts = new Set([known.cpuCount])
  if (following?.id === OPTION.cpuCount) counts.add(openPayload(context, following).count('CPUs'))
  const count = [...counts].find((n) => tableFits(context, cursor.position, n, known.facts))
  return readBuffer(context, cursor, name, count ?? known.cpuCount, known, map)
}

/** Whether a CPU table of `count` lines at `start` is followed by what must follow it. */
function tableFits(
  context: ContainerContext,
  start: number,
  count: number,
  facts: OptionFacts,
): boolean {
  const cursor = openAt(context, start)
  if (cursor.left < count * 16) return false
  for (let cpu = 0; cpu < count; cpu++) {
    const offset = cursor.u64('offset')
    const size = cursor.u64('size')
    if (size > 0n && offset < BigInt(start)) return false
  }
  if (facts.traceClock === undefined) return true
  return cursor.left >= 8 && cursor.u64('length of the clock') <= BigInt(MAX_CLOCK_TEXT)
}

function readBuffer(
  context: ContainerContext,
  cursor: Cursor,
  name: string,
  cpuCount: number,
  known: BufferFacts,
  map: DataMap,
): BufferInstance {
  map.reserve(cpuCount)
  const table = new CpuTable(context, name, true, map)
  const unfinished: number[] = []
  const emptyAt = new Map<number, number>()
  for (let cpu = 0; cpu < cpuCount; cpu++) {
    const offset = cursor.size(`data offset of CPU ${cpu}`)
    const size = cursor.size(`data size of CPU ${cpu}`)
    // Of a CPU without data the table still says where it would be.
    if (size === 0) emptyAt.set(cpu, offset)
    if (offset === 0 && size === 0) unfinished.push(cpu)
    else table.add(cpu, offset, size)
  }
  const clock = readClock(cursor, known.facts)
  const found = { cpus: unfinished, after: endOfData(cursor.position, table.cpus) }
  if (unfinished.length > 0) salvageUnfinished(context, name, found, known, table)
  const subBufferSize = subBufferBytes(known.headerPage)
  return { name, clock, subBufferSize, cpus: table.cpus, emptyAt, compression: 'none' }
}

/** One past the last byte of what stands before a place and in a list of CPUs. */
function endOfData(start: number, cpus: readonly CpuData[]): number {
  return cpus.reduce((end, { offset, size }) => Math.max(end, offset + size), start)
}

/**
 * A writer fills in a CPU's line when its data is complete: one that was killed leaves the line of
 * the CPU that it was writing empty, and those of the CPUs to come. What follows the complete data
 * is therefore of the first of them, up to the end.
 */
function salvageUnfinished(
  context: ContainerContext,
  name: string,
  { cpus, after }: { readonly cpus: readonly number[]; readonly after: number },
  known: BufferFacts,
  table: CpuTable,
): void {
  const stats = statsWithData(known.facts, name)
  const cpu = cpus.find((number) => stats.length === 0 || stats.some((one) => one.cpu === number))
  const { size } = context.source
  const [extent] = findPageRuns(context, after, size, known.headerPage, [])
  if (extent === undefined || cpu === undefined) return
  const what = name === '' ? 'the recording' : `instance '${name}'`
  const text = `the table of CPUs of ${what} was never completed; data of CPU ${cpu} found behind it`
  context.diagnostics.report('ERR_TRACE_SECTION', 'data_loss', text, { cpu, offset: extent.offset })
  table.add(cpu, extent.offset, extent.size)
}

function readClock(cursor: Cursor, facts: OptionFacts): string {
  if (facts.traceClock === undefined) return 'local'
  const length = cursor.size('length of the clock text')
  if (length > MAX_CLOCK_TEXT) {
    throw cursor.error('ERR_TRACE_LIMIT', `clock text of ${length} bytes`)
  }
  return parseClock(cursor.text(length, 'clock text').replace(/\0.*$/s, ''))
}

/** Reads forward from a place in the file. */
export function openAt(context: ContainerContext, start: number): Cursor {
  const { source, head, limits } = context
  return new Cursor(source, { littleEndian: head.littleEndian, limits, start })
}

/** Reads the ten bytes that say which part of a version 6 file comes next. */
export function readTag(cursor: Cursor): string {
  const text = cursor.text(TAG_BYTES, 'tag of the next part')
  return text.replace(/ *\0$/, '')
}
