/** Texts of events one by one, as objects: for small jobs; `Report` is for bulk work. */
import { decodeText } from './event/text.ts'
import { EventTextReader, type EventTextRow, type TextOptions } from './event-text.ts'
import type { EventFilter } from './read.ts'
import type { Trace } from './trace.ts'

/** The text of every event that a filter selects, in order of time. */
export function* readEventTexts(
  trace: Trace,
  filter: EventFilter & TextOptions = {},
): Generator<EventTextRow, void, undefined> {
  const reader = new EventTextReader(trace, filter)
  while (reader.next()) {
    reader.write()
    const { sink, cpu, pid, source, id } = reader
    const format = trace.format(id)
    yield {
      ts: (BigInt(reader.high) << 32n) | BigInt(reader.low),
      cpu,
      pid,
      source,
      system: format?.system ?? '',
      event: format?.name ?? `#${id}`,
      text: decodeText(sink.bytes, 0, sink.length),
    }
  }
}
