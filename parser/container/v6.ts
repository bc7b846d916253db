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
import { type ContainerBody, noBytes } from './container-body.ts'
import type { ContainerContext } from './context.ts'
import type { Cursor } from './cursor.ts'
import { readEventFormats, readFtraceFormats, readHeaderInfo } from './formats.ts'
import { parseHeaderPage } from './header-page.ts'
import { decodeOptions, type OptionFacts } from './option-decode.ts'
import { readOptions } from './options.ts'
import type { StoredFormat, TraceFile, TraceOption } from './types.ts'
import { MAX_CLOCK_TEXT, openAt, readBuffersV6, readTag } from './v6-buffers.ts'

/** Reads everything but page data. Throws `ERR_TRACE_TRUNCATED`, `_SECTION`, `_LIMIT`. */
export function readBodyV6(context: ContainerContext): ContainerBody {
  const { head } = context
  const cursor = openAt(context, head.end)
  const headerPage = parseHeaderPage(readHeaderInfo(cursor), head, context.limits)
  const formats: StoredFormat[] = []
  readFtraceFormats(cursor, formats)
  readEventFormats(cursor, formats)
  const kallsyms = lazyRange(context, cursor, cursor.u32('size of kallsyms'), 'kallsyms')
  const printkFormats = lazyRange(context, cursor, cursor.u32('size of printk'), 'printk formats')
  const savedCmdlines = lazyRange(context, cursor, cursor.size('size of cmdlines'), 'cmdlines')
  const cpuCount = cursor.count('CPUs')
  let tag = readTag(cursor)
  const options: TraceOption[] = []
  if (tag === 'options') {
    readOptions(cursor, 6, options, context.diagnostics)
    tag = readTag(cursor)
  }
  const facts = decodeOptions(options, context)
  const common = {
    headerPage,
    formats,
    options,
    facts,
    cpuCount,
    kallsyms,
    printkFormats,
    savedCmdlines,
    btf: noBytes,
  }
  if (tag === 'latency') {
    const latencyText = findLatencyText(cursor, facts)
    const text = openAt(context, latencyText.offset)
    const readLatencyText = () => text.bytes(latencyText.size, 'latency text')
    return { ...common, buffers: [], latencyText, readLatencyText }
  }
  if (tag !== 'flyrecord') throw cursor.error('ERR_TRACE_SECTION', `'${tag}' marks no known part`)
  const buffers = readBuffersV6(context, cursor, { headerPage, cpuCount, facts, options })
  return { ...common, buffers, latencyText: undefined, readLatencyText: noBytes }
}

function lazyRange(
  context: ContainerContext,
  cursor: Cursor,
  size: number,
  what: string,
): () => Uint8Array {
  const start = cursor.position
  cursor.skip(size, what)
  return () => openAt(context, start).bytes(size, what)
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
