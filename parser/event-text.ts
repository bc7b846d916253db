/**
 * Texts of events beside their times: one row a record, for the library and for SQL. Each record
 * has its own text, so a call of the function graph and its return are two rows; stacks and
 * everything else is as `Report` prints it after the event's name.
 */
import type { MergedRecords } from './batch/merge.ts'
import { createEventTest, type EventFilter } from './read.ts'
import { ID, OFFSET, SIZE, STRIDE, TS_HI, TS_LO } from './ring/record-block.ts'
import { EventTexts } from './text/event-texts.ts'
import { DEFAULT_PLUGIN_OPTIONS } from './text/plugins/plugin.ts'
import { TextSink } from './text/text-sink.ts'
import type { Trace } from './trace.ts'

/** What texts are made of. */
export interface TextOptions {
  /** Texts by plugins for the events that have one (default true). */
  readonly plugins?: boolean | undefined
  /** Fields as ` name=value` instead. */
  readonly raw?: boolean | undefined
}

/** The text of one event. */
export interface EventTextRow {
  readonly ts: bigint
  readonly cpu: number
  readonly pid: number
  readonly source: number
  readonly system: string
  readonly event: string
  /** Bytes that are not UTF-8 as `\xNN`; a newline at the end is left out. */
  readonly text: string
}

/** Walks a trace's records in order of time and makes their texts; lent until the next one. */
export class EventTextReader {
  cpu = 0
  pid = 0
  source = 0
  id = 0
  high = 0
  low = 0
  /** `bytes[0 … length]` is the text. */
  readonly sink: TextSink = new TextSink()
  /** Place of the record's payload. */
  at = 0
  size = 0
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly #texts: EventTexts
  readonly #merged: MergedRecords
  readonly #pidOffset: number
  readonly #littleEndian: boolean
  #i = 0
  #to = 0

  constructor(trace: Trace, filter: EventFilter & TextOptions) {
    const { events } = filter
    const ids = events ? trace.formats.filter(createEventTest(events)).map(({ id }) => id) : null
    const { merged, bytes, view } = trace.mergedRecords(ids, filter)
    this.#merged = merged
    this.bytes = bytes
    this.view = view
    this.#pidOffset = trace.pidOffset
    this.#littleEndian = trace.file.littleEndian
    this.#texts = new EventTexts(
      trace,
      {
        raw: filter.raw === true,
        plugins: filter.plugins !== false,
        pluginOptions: DEFAULT_PLUGIN_OPTIONS,
        nanoseconds: true,
      },
      () => {},
      () =>
        trace.diagnostics.report('ERR_FIELD_BOUNDS', 'error', 'a field lies outside its record'),
    )
  }

  /** Makes the next record current; its text is made by `write`. */
  next(): boolean {
    if (this.#i >= this.#to) {
      if (!this.#merged.next()) return false
      this.#i = this.#merged.from
      this.#to = this.#merged.to
      const { layout } = this.#merged.streams[this.#merged.stream]!
      this.cpu = layout.cpu
      this.source = layout.source
    }
    const { words } = this.#merged.block
    const w = this.#i++ * STRIDE
    this.at = words[w + OFFSET]!
    this.size = words[w + SIZE]!
    this.id = words[w + ID]! & 0xffff
    this.high = words[w + TS_HI]!
    this.low = words[w + TS_LO]!
    this.pid =
      this.size >= this.#pidOffset + 4
        ? this.view.getInt32(this.at + this.#pidOffset, this.#littleEndian)
        : -1
    return true
  }

  /** Writes the current record's text into `sink`. */
  write(): void {
    const { sink } = this
    const { place } = this.#texts
    sink.clear()
    place.cpu = this.cpu
    place.high = this.high
    place.low = this.low
    this.#texts.writer(this.id).write(this.bytes, this.view, this.at, this.size, sink)
    if (sink.length > 0 && sink.bytes[sink.length - 1] === 0x0a) sink.length--
  }
}
