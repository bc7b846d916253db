/** Events as JSON: who, when, the decoded fields and the text; one object a line. */
import { decodeText } from './event/text.ts'
import { EventTextReader, type TextOptions } from './event-text.ts'
import type { EventFilter } from './read.ts'
import { fieldsJson, jsonInteger } from './text/json-fields.ts'
import type { Trace } from './trace.ts'

/** Characters handed on at a time, about. */
const PIECE = 1 << 18

/**
 * Pieces of JSON text of the events of traces, one trace after the other, in order of time within
 * each. `array`: one JSON array; else one object a line. Names of tasks are those of the tables.
 */
export function* reportJson(
  traces: readonly Trace[],
  options: EventFilter & TextOptions,
  array: boolean,
): Generator<string, void, undefined> {
  let text = array ? '[' : ''
  let between = ''
  for (const trace of traces) {
    const tasks = trace.tasks()
    const reader = new EventTextReader(trace, options)
    while (reader.next()) {
      reader.write()
      const comm = tasks.text(tasks.idAt(reader.pid, reader.low, reader.high))
      text += between + eventJson(trace, reader, comm)
      between = array ? ',\n' : '\n'
      if (text.length < PIECE) continue
      yield text
      text = ''
    }
  }
  yield text + (array ? ']\n' : between)
}

function eventJson(trace: Trace, reader: EventTextReader, comm: string): string {
  const { id, bytes, view, at, size, sink } = reader
  const format = trace.format(id)
  const ts = (BigInt(reader.high) << 32n) | BigInt(reader.low)
  const fields = format
    ? fieldsJson(format, bytes, view, at, size, trace.file.littleEndian)
    : `{"raw":"${Buffer.from(bytes.subarray(at, at + size)).toString('hex')}"}`
  return (
    `{"ts":${jsonInteger(ts)},"cpu":${reader.cpu},"pid":${reader.pid},"comm":${JSON.stringify(comm)},` +
    `"source":${reader.source},"system":${JSON.stringify(format?.system ?? '')},` +
    `"event":${JSON.stringify(format?.name ?? `#${id}`)},"fields":${fields},` +
    `"text":${JSON.stringify(decodeText(sink.bytes, 0, sink.length))}}`
  )
}
