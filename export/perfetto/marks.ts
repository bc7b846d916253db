/** Texts that programs and the kernel wrote into the trace: marks on a track under each thread. */
import { quoteName, quoteTable } from '../../analysis/index.ts'
import { PRINT } from './schema.ts'
import { drawRows, type Timeline, trackNamer } from './timeline.ts'

/** Events that are texts, and the column with the text. */
const TEXTS = [
  ['ftrace.print', 'buf'],
  ['ftrace.bprint', 'buf'],
  ['ftrace.bputs', 'str'],
] as const

/** Texts of the form of systrace: viewers make slices and counters of them, from the event itself. */
const SYSTRACE = String.raw`^([BCSFGHNI]\|\d+\||E(\||$))`

/** Draws the texts. */
export async function drawMarks(timeline: Timeline): Promise<void> {
  const { bundles, packets, tracks, sources } = timeline
  const recorded = TEXTS.filter(([table]) => sources.has(table))
  if (recorded.length === 0) return
  const rows = recorded.map(
    ([table, column]) =>
      `select ts, common_cpu, common_pid, common_source, common_flags, ${quoteName(column)} as text from ${quoteTable(table)}`,
  )
  const sql = `
select ts, common_cpu, common_pid, common_source, common_flags, coalesce(rtrim(text, chr(10)), ''),
  coalesce(regexp_matches(text, '${SYSTRACE}'), false)
from (${rows.join(' union all ')}) order by ts, common_source, common_cpu`
  const nameOf = trackNamer(timeline, 'marks')
  await drawRows(timeline, sql, (columns, row) => {
    const [at, onCpu, ofThread, source, flags, written, isSystrace] = columns.map((c) => c[row])
    const [ts, cpu, tid, text] = [
      at as bigint,
      onCpu as number,
      ofThread as number,
      String(written),
    ]
    if (isSystrace) {
      const proto = bundles.begin(cpu, ts, tid, flags as number, PRINT.field)
      proto.text(PRINT.columns.buf!, text)
      bundles.end(cpu, proto)
      return
    }
    const track = tracks.ofThread(tid, cpu, nameOf(source as number))
    packets.beginInstant(track, ts, text)
    packets.annotate('cpu', cpu)
    packets.endEvent()
  })
}
