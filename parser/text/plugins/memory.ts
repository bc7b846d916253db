/** Allocator and TLB events: the caller by name before the ordinary text; reasons in words. */

import { FixedText } from '../digits.ts'
import { compilePrintFormat } from '../print-format.ts'
import type { FieldsWriter } from '../raw-fields.ts'
import { RecordCursor } from '../record-cursor.ts'
import { Step, StepKind } from '../steps.ts'
import { TextCache } from '../text-cache.ts'
import { guarded, numberField, type Plugin } from './plugin.ts'

/** Callers whose names are remembered, for each event. */
const PLACES = 1024
const OPEN = 0x28
const NOTHING = new Uint8Array(0)
const CLOSED = new FixedText(Buffer.from(') ', 'latin1'))

/** `(function+0xoffset) ` before the text that the print format makes. */
export const callSite: Plugin = (format, context) => {
  const { print } = context
  const site = numberField(format, 'call_site', print.littleEndian)
  if (!site) return undefined
  const { write, text } = compilePrintFormat(format, print)
  const writeSite = ({ view, at, sink }: RecordCursor): void => {
    const high = site.high(view, at)
    const low = site.low(view, at)
    if (print.names.symbolOf(high, low) < 0) return
    sink.byte(OPEN)
    print.names.writeNameOffset(high, low, sink)
    sink.fixed(CLOSED)
  }
  const cursor = new RecordCursor()
  const shorter: FieldsWriter = (bytes, view, at, size, sink) => {
    cursor.point(bytes, view, at, size, sink)
    if (size >= site.end) writeSite(cursor)
    write(bytes, view, at, size, sink)
  }
  if (!text) return shorter
  const cache = new TextCache(PLACES)
  const first = new Step(NOTHING, writeSite, StepKind.remembered, site.offset, site.size, { cache })
  return { steps: [first, ...text.steps], least: Math.max(site.end, text.least), shorter }
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
