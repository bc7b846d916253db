/** Allocator and TLB events: the caller by name before the ordinary text; reasons in words. */

import { FixedText } from '../digits.ts'
import { compilePrintFormat } from '../print-format.ts'
import { TextCache } from '../text-cache.ts'
import type { TextSink } from '../text-sink.ts'
import { guarded, numberField, type Plugin } from './plugin.ts'

/** Callers whose names are remembered, for each event. */
const PLACES = 1024
const OPEN = 0x28
const CLOSED = new FixedText(Buffer.from(') ', 'latin1'))

/** `(function+0xoffset) ` before the text that the print format makes. */
export const callSite: Plugin = (format, context) => {
  const { print } = context
  const site = numberField(format, 'call_site', print.littleEndian)
  if (!site) return undefined
  const { write } = compilePrintFormat(format, print)
  const known = new TextCache(PLACES)
  const writeSite = (high: number, low: number, sink: TextSink): void => {
    const start = sink.length
    if (print.names.symbolOf(high, low) >= 0) {
      sink.byte(OPEN)
      print.names.writeNameOffset(high, low, sink)
      sink.fixed(CLOSED)
    }
    known.keep(high, low, sink, start)
  }
  return (bytes, view, at, size, sink) => {
    if (size >= site.end) {
      const high = site.high(view, at)
      const low = site.low(view, at)
      if (!known.write(high, low, sink)) writeSite(high, low, sink)
    }
    write(bytes, view, at, size, sink)
  }
}

/** Authority: kernel `include/linux/mm_types.h` (enum tlb_flush_reason) and its trace event. */
const TLB_REASONS = [
  'flush on task switch',
  'remote shootdown',
  'local shootdown',
  'local mm shootdown',
].map((text) => Buffer.from(text, 'latin1'))
const TLB_UNKNOWN = new Uint8Array(0)

/** `pages=n reason=words (n)`. */
export const tlbFlush: Plugin = (format, context) => {
  const le = context.print.littleEndian
  const reason = numberField(format, 'reason', le)
  const pages = numberField(format, 'pages', le)
  if (!reason || !pages) return undefined
  const least = Math.max(reason.end, pages.end)
  return guarded(format, context, least, (_bytes, view, at, _size, sink) => {
    sink.latin1('pages=')
    sink.signed64(pages.high(view, at), pages.low(view, at))
    sink.latin1(' reason=')
    const value = reason.low(view, at)
    sink.all(TLB_REASONS[value] ?? TLB_UNKNOWN)
    sink.latin1(' (')
    sink.signed64(reason.high(view, at), value)
    sink.byte(0x29)
  })
}
