/**
 * The record whose text is being written, and the registers that compiled expressions leave their
 * results in: one object for all records, so that evaluating makes none.
 */
import { TextSink } from './text-sink.ts'

/** A record and the results of the last evaluation. */
export class RecordCursor {
  /** What holds the record: its payload is `bytes[at … at + size]`. */
  bytes: Uint8Array = EMPTY
  view: DataView = EMPTY_VIEW
  at = 0
  size = 0
  sink: TextSink = NO_SINK
  /** Halves of the last 64-bit value, as signed 32-bit numbers whatever its sign. */
  high = 0
  low = 0
  /** The last range of bytes, as places in `bytes`. */
  from = 0
  to = 0

  /** Makes a record the cursor's, and `sink` what is written to. */
  point(bytes: Uint8Array, view: DataView, at: number, size: number, sink: TextSink): void {
    this.bytes = bytes
    this.view = view
    this.at = at
    this.size = size
    this.sink = sink
  }
}

const EMPTY = new Uint8Array(0)
const EMPTY_VIEW = new DataView(EMPTY.buffer)
const NO_SINK = new TextSink(0)
