/**
 * An event's print format, compiled once and then written for each record: the text that the
 * kernel's own `trace` file shows after the event's name.
 */
import type { EventFormat } from '../event/types.ts'
import type { PrintContext } from './print-context.ts'
import { createFieldsWriter, type FieldsWriter } from './raw-fields.ts'

/** Makes the text of one event's records. */
export interface EventText {
  /** Writes the text of the record `bytes[at … at + size]`; `view` is over the same bytes. */
  readonly write: FieldsWriter
  /** False where the print format cannot be evaluated; the text is then ` name=value` for all fields. */
  readonly parseOk: boolean
  /** Why it cannot be, '' when it can. */
  readonly problem: string
}

/** Compiles the print format of an event; never throws. */
export function compilePrintFormat(format: EventFormat, context: PrintContext): EventText {
  const fields = createFieldsWriter(format, context)
  const marker = Buffer.from('[FAILED TO PARSE]', 'latin1')
  return {
    parseOk: false,
    problem: 'not evaluated yet',
    write: (bytes, view, at, size, sink) => {
      sink.all(marker)
      fields(bytes, view, at, size, sink)
    },
  }
}
