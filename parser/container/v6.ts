/**
 * The body of a version 6 trace.dat: one forward pass, no sections, no compression.
 * Authority: trace-cmd.dat.v6(5), trace-cmd 3.4.
 *
 *   header info, ftrace formats, event formats     see formats.ts
 *   u32 size, kallsyms   u32 size, printk formats   u64 size, saved cmdlines
 *   u32 number of CPUs
 *   "options  \0"   options up to id 0             may be missing
 *   "flyrecord\0"   per CPU { u64 offset, u64 size }, u64 n, n bytes clock text (only with option
 *                   TRACECLOCK); data follows on page boundaries
 *   or "latency  \0" and the text of tracefs `trace` to the end of the file
 */
import { TraceError } from '../error.ts'
import { CpuTable } from './buffers.ts'
import {
  type ContainerBody,
  type ContainerContext,
  noBytes,
  subBufferBytes,
} from './container-body.ts'
import { Cursor } from './cursor.ts'
import { readEventFormats, readFtraceFormats, readHeaderInfo } from './formats.ts'
import { parseHeaderPage } from './header-page.ts'
import { decodeOptions, type OptionFacts } from './option-decode.ts'
import { OPTION, parseClock, readOptions } from './options.ts'
import type { BufferInstance, HeaderPage, StoredFormat, TraceFile, TraceOption } from './types.ts'

const TAG_BYTES = 10
const MAX_CLOCK_TEXT = 4096

/** Reads everything but page data. Throws `ERR_TRACE_TRUNCATED`, `_SECTION`, `_LIMIT`. */
export function readBodyV6(context: ContainerContext): ContainerBody {
  const { head } = context
  const cursor = openCursor(context, head.end)
  const headerPage = parseHeaderPage(readHeaderInfo(cursor), head.userLongSize, head.pageSize)
  const formats: StoredFormat[] = []
  readFtraceFormats(cursor, formats)
  readEventFormats(cursor, formats)
  const kallsyms = lazyRange(context, cursor, cursor.u32('size of kallsyms'), 'kallsyms')
  const printkFormats = lazyRange(context, cursor, cursor.u32('size of printk'), 'printk formats')
  const savedCmdlines = lazyRange(context, cursor, cursor.size('size of cmdlines'), 'cmdlines')
  const cpuCount = cursor.count('CPUs')
  let tag = readTag(cursor)
  let options: TraceOption[] = []
  if (tag === 'options') {
    options = readOptions(cursor, 6, context.diagnostics).options
    tag = readTag(cursor)
  }
  const facts = decodeOptions(options, {
    littleEndian: head.littleEndian,
    limits: context.limits,
    name: context.source.name,
    diagnostics: context.diagnostics,
  })
  const common = {
    headerPage,
    formats,
    options,
    facts,
    cpuCount,
    kallsyms,
    printkFormats,
    savedCmdlines,
  }
  if (tag === 'latency') {
    const latencyText = findLatencyText(cursor, facts)
    const text = openCursor(context, latencyText.offset)
    const readLatencyText = () => text.bytes(latencyText.size, 'latency text')
    return { ...common, buffers: [], latencyText, readLatencyText }
  }
  if (tag !== 'flyrecord') throw cursor.error('ERR_TRACE_SECTION', `'${tag}' marks no known part`)
  const buffers = readBuffers(context, cursor, { headerPage, cpuCount, facts, options })
  return { ...common, buffers, latencyText: undefined, readLatencyText: noBytes }
}

function openCursor(context: ContainerContext, start: number): Cursor {
  const { source, head, limits } = context
  return new Cursor(source, { littleEndian: head.littleEndian, limits, start })
}

function lazyRange(
  context: ContainerContext,
  cursor: Cursor,
  size: number,
  what: string,
): () => Uint8Array {
  const start = cursor.position
  cursor.skip(size, what)
  return () => openCursor(context, start).bytes(size, what)
}

function readTag(cursor: Cursor): string {
  const text = cursor.text(TAG_BYTES, 'tag of the next part')
  return text.replace(/ *\0$/, '')
}

/** Skips the clock text that some writers put before the latency text. */
function findLatencyText(
  cursor: Cursor,
  facts: OptionFacts,
): NonNullable<TraceFile['latencyText']> {
  const offset = cursor.position
  if (facts.traceClock !== undefined && cursor.left >= 8) {
    const length = cursor.u64('clock text')
    if (length <= MAX_CLOCK_TEXT && Number(length) <= cursor.left) {
      cursor.skip(Number(length), 'clock text')
      return { offset: cursor.position, size: cursor.left }
    }
  }
  return { offset, size: cursor.end - offset }
}

interface BufferFacts {
  readonly headerPage: HeaderPage
  readonly cpuCount: number
  readonly facts: OptionFacts
  readonly options: readonly TraceOption[]
}

function readBuffers(
  context: ContainerContext,
  cursor: Cursor,
  known: BufferFacts,
): BufferInstance[] {
  const seen = new Set<number>()
  const buffers = [readBuffer(context, cursor, '', known.cpuCount, known, seen)]
  for (const [index, option] of known.options.entries()) {
    if (option.id !== OPTION.buffer) continue
    try {
      buffers.push(readInstance(context, option, known.options[index + 1], known, seen))
    } catch (cause) {
      if (!(cause instanceof TraceError)) throw cause
      const at = { offset: option.offset }
      context.diagnostics.report(cause.code, 'data_loss', `buffer instance: ${cause.message}`, at)
    }
  }
  return buffers
}

function readInstance(
  context: ContainerContext,
  option: TraceOption,
  following: TraceOption | undefined,
  known: BufferFacts,
  seen: Set<number>,
): BufferInstance {
  const { head, limits, source } = context
  const payload = openCursor(context, option.offset + 6)
  const offset = payload.size('offset of an instance')
  const name = payload.text(option.payload.length - 8, 'name of an instance').replace(/\0.*$/s, '')
  const cursor = new Cursor(source, { littleEndian: head.littleEndian, limits, start: offset })
  const tag = readTag(cursor)
  if (tag !== 'flyrecord') {
    throw cursor.error('ERR_TRACE_SECTION', `no data of instance '${name}' at ${offset}`)
  }
  const counts = new Set([known.cpuCount])
  if (following?.id === OPTION.cpuCount)
    counts.add(openCursor(context, following.offset + 6).count('CPUs'))
  const count = [...counts].find((n) => tableFits(context, cursor.position, n, known.facts))
  return readBuffer(context, cursor, name, count ?? known.cpuCount, known, seen)
}

/** Whether a CPU table of `count` lines at `start` is followed by what must follow it. */
function tableFits(
  context: ContainerContext,
  start: number,
  count: number,
  facts: OptionFacts,
): boolean {
  const cursor = openCursor(context, start)
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
  seen: Set<number>,
): BufferInstance {
  const table = new CpuTable(context, name, true, seen)
  for (let cpu = 0; cpu < cpuCount; cpu++) {
    const offset = cursor.size(`data offset of CPU ${cpu}`)
    table.add(cpu, offset, cursor.size(`data size of CPU ${cpu}`))
  }
  return {
    name,
    clock: readClock(cursor, known.facts),
    subBufferSize: subBufferBytes(known.headerPage),
    cpus: table.cpus,
    compression: 'none',
  }
}

function readClock(cursor: Cursor, facts: OptionFacts): string {
  if (facts.traceClock === undefined) return 'local'
  const length = cursor.size('length of the clock text')
  if (length > MAX_CLOCK_TEXT) {
    throw cursor.error('ERR_TRACE_LIMIT', `clock text of ${length} bytes`)
  }
  return parseClock(cursor.text(length, 'clock text').replace(/\0.*$/s, ''))
}
