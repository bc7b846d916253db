/** Writes pieces of a report, in any order. */
import { Diagnostics } from './diagnostics.ts'
import { type Seen, seenBy } from './report-losses.ts'
import { openRecords } from './report-open.ts'
import type { ReportOptions } from './report-options.ts'
import { moveTo, type Piece } from './report-plan.ts'
import type { ReportRecords } from './report-records.ts'
import { type OpenNames, PieceNames } from './text/piece-names.ts'
import type { ReportLine } from './text/report-line.ts'
import type { ReportNames } from './text/report-names.ts'
import type { TextSink } from './text/text-sink.ts'
import type { Trace } from './trace.ts'

/** Room of a piece's text to begin with: what is not needed is never touched. */
export const PIECE_ROOM: number = 16 << 20
/** More text is not for memory. */
const MOST_TEXT = 64 << 20

/** What became of a piece whose text is in the sink. */
export interface PieceReport {
  /** The text is not to be used: it depends on what is before, or there is damage to be told. */
  readonly isRefused: boolean
  /** Where the streams were at its start and at its end, for comparing. */
  readonly start: string
  readonly end: string
  readonly names: OpenNames
  readonly seen: Seen
  /** Fields outside their records. */
  readonly outOfBounds: number
}

const NOTHING_OPEN: OpenNames = { shown: [], learned: [] }

/**
 * Memory that is handed over with a message. The loops' text is copied, which into shared memory is slow; other text
 * is written where it is, and once a thread has handed memory over all that it writes in JavaScript is slower.
 */
export function transferOf({ buffer }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer ? [buffer] : []
}

/** Writes a recording's pieces. */
export class PieceWriter {
  readonly records: ReportRecords
  readonly #line: ReportLine
  #names: PieceNames | undefined
  /** Holds damage: it is told when the records are read again. */
  readonly #damage = new Diagnostics()
  #outOfBounds = 0

  constructor(trace: Trace, prefixes: ReadonlyMap<number, string>, options: ReportOptions) {
    const { line, records } = openRecords(trace, prefixes, options, {
      diagnostics: this.#damage,
      outOfBounds: () => this.#outOfBounds++,
      isMoved: true,
    })
    this.records = records
    this.#line = line
  }

  /** Names as they are when pieces are written in order. */
  get namesInOrder(): ReportNames {
    return this.#line.namesInOrder
  }

  /** Names that are known for good; from the first call on pieces may be written in any order. */
  learn(names: Iterable<readonly [number, Uint8Array]>): void {
    if (this.#names === undefined) {
      this.#names = new PieceNames(this.#line.renamed)
      this.#line.useNames(this.#names)
    }
    this.#names.add(names)
  }

  /** Writes a piece. */
  write(piece: Piece, sink: TextSink): PieceReport {
    const { records } = this
    moveTo(records.movable.streams, piece)
    records.restart()
    this.#names?.begin()
    this.#outOfBounds = 0
    const start = records.places()
    sink.clear()
    const { hi, lo } = piece.until ?? { hi: 0xffffffff, lo: 0xffffffff }
    const goesOn = records.write(hi, lo, piece.until === undefined, MOST_TEXT, sink)
    const isWhole = sink.length < MOST_TEXT || !goesOn
    return {
      isRefused: !isWhole || this.#line.texts.dependOnOrder || this.#damage.list().length > 0,
      start,
      end: records.places(),
      names: this.#names?.open ?? NOTHING_OPEN,
      seen: seenBy(records),
      outOfBounds: this.#outOfBounds,
    }
  }
}
