/**
 * A report that several threads write: pieces of the merged order go to workers and to the main thread
 * itself, and come out in order. What a piece's text needs of those before it is either noted in it and filled in
 * (names of threads) or makes one thread go on alone from there, as damage does.
 */
import { availableParallelism } from 'node:os'
import { Diagnostics } from './diagnostics.ts'
import { Report } from './report.ts'
import { SeenTotals, seenBy } from './report-losses.ts'
import { headerOf, openRecords, prefixesOf, tellOutOfBounds } from './report-open.ts'
import type { ReportOptions } from './report-options.ts'
import { PIECE_ROOM, type PieceReport, PieceWriter } from './report-piece.ts'
import { moveTo, type Piece, PiecePlan } from './report-plan.ts'
import { PieceThread } from './report-thread.ts'
import type { WorkerSetup } from './report-worker.ts'
import { type NameColumn, nameColumn } from './text/line-head.ts'
import { fillNames } from './text/piece-names.ts'
import { IDLE, type ReportNames } from './text/report-names.ts'
import { TextSink } from './text/text-sink.ts'
import type { Trace } from './trace.ts'

/** How a report is shared out. */
export interface ThreadChoice {
  /** Threads, the main one included; as many as CPUs, at most 8, unless given. */
  readonly threads?: number | undefined
  /** Bytes of data in the file from which on threads pay. */
  readonly leastBytes?: number | undefined
  /** Data of a piece, uncompressed, about. */
  readonly pieceBytes?: number | undefined
}

const MOST_THREADS = 8
/** CPUs of the recording for each of which every thread holds data, together. */
const MOST_CPUS = 256
/** Of a compressed file; others have eight times as much for as many events. */
const LEAST_BYTES = 1 << 20
const PLAIN_FACTOR = 8
/** Bytes handed on at a time where one thread writes. */
const MOST = 1 << 20

/**
 * The text of recordings, as `Report` makes it; bytes are lent until the next are asked for. With
 * one large recording, and nothing asked for that needs all lines in order, several threads write it.
 */
export async function* reportText(
  traces: readonly Trace[],
  names: readonly string[],
  options: ReportOptions = {},
  {
    threads = Math.min(availableParallelism(), MOST_THREADS),
    leastBytes = LEAST_BYTES,
    pieceBytes,
  }: ThreadChoice = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const [trace] = traces
  if (trace && traces.length === 1 && threads > 1 && canBeShared(trace, options, leastBytes))
    yield* new SharedReport(trace, names, options, threads, pieceBytes).pieces()
  else yield* new Report(traces, names, options).pieces()
}

/** Whether each line can be written without those before it. */
function canBeShared(trace: Trace, options: ReportOptions, leastBytes: number): boolean {
  const { events, filters, from, to, noHardIrqs, noSoftIrqs, timeDifference, names } = options
  const isFiltered = events || filters?.length || noHardIrqs || noSoftIrqs
  if (isFiltered || from !== undefined || to !== undefined) return false
  if (timeDifference || names === 'event-time' || trace.file.latencyText) return false
  if (trace.file.source.fd === undefined) return false
  const bytes = trace.file.buffers
    .flatMap(({ cpus, compression }) =>
      cpus.map(({ size }) => size / (compression === 'none' ? PLAIN_FACTOR : 1)),
    )
    .reduce((sum, size) => sum + size, 0)
  return bytes >= leastBytes
}

/** A piece on its way: its text is `text[0 … length]` when it is done. */
interface Slot {
  readonly piece: Piece
  report: PieceReport | undefined
  isFailed: boolean
  text: Uint8Array
  length: number
  /** Takes the memory of the text for another one. */
  recycle: () => void
}

const NO_TEXT = new Uint8Array(0)

class SharedReport {
  readonly #trace: Trace
  readonly #fileNames: readonly string[]
  readonly #options: ReportOptions
  readonly #prefixes: ReadonlyMap<number, string>
  readonly #threads: readonly PieceThread[]
  readonly #limit: number
  readonly #column: NameColumn
  readonly #writer: PieceWriter
  readonly #plan: PiecePlan
  /** Pieces on their way, in order. */
  readonly #slots: Slot[] = []
  readonly #sinks: TextSink[] = []
  readonly #memories: Uint8Array[] = []
  /** Names that are known for good. */
  readonly #names: (readonly [number, Uint8Array])[] = []
  readonly #totals = new SeenTotals()
  #ownNames = 0
  #outOfBounds = 0
  /** Where the streams were at the end of the last piece that came out. */
  #end: string | undefined
  #emitted = 0
  /** Called when a thread has done a piece. */
  #wake: () => void = () => {}

  constructor(
    trace: Trace,
    names: readonly string[],
    options: ReportOptions,
    wanted: number,
    pieceBytes: number | undefined,
  ) {
    this.#trace = trace
    this.#fileNames = names
    this.#options = options
    this.#prefixes = prefixesOf([trace], names)[0]!
    this.#column = nameColumn(options.latency === true)
    // Pieces of many CPUs are large.
    const cpus = trace.file.buffers.reduce((sum, buffer) => sum + buffer.cpus.length, 0)
    const threads = Math.min(wanted, Math.max(2, Math.floor(MOST_CPUS / Math.max(1, cpus))))
    this.#limit = 2 * threads
    const { source } = trace.file
    const firstSource = trace.sources[0]?.source ?? 0
    const setup: WorkerSetup = {
      fd: source.fd!,
      name: source.name,
      size: source.size,
      firstSource,
      corrections: trace.file.corrections,
      prefixes: this.#prefixes,
      options,
    }
    this.#threads = Array.from({ length: threads - 1 }, () => new PieceThread(setup))
    this.#writer = new PieceWriter(trace, this.#prefixes, options)
    const { streams, slotBytes } = this.#writer.records.movable
    this.#plan = new PiecePlan(trace.file, streams, firstSource, slotBytes, pieceBytes)
  }

  /** The text, piece by piece. */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield this.#emit(Buffer.from(headerOf([this.#trace], this.#fileNames), 'utf8'))
      for (let slot = await this.#next(); slot; slot = await this.#next()) {
        if (!this.#accept(slot)) {
          this.#stop()
          yield* this.#goOnAlone(slot.piece)
          return
        }
        yield this.#emit(slot.text.subarray(0, slot.length))
        slot.recycle()
      }
      this.#tellFindings()
    } finally {
      this.#stop()
    }
  }

  #emit(text: Uint8Array): Uint8Array {
    this.#emitted += text.length
    return text
  }

  #stop(): void {
    for (const thread of this.#threads) thread.stop()
  }

  /** The next piece in order, done; undefined after the last. */
  async #next(): Promise<Slot | undefined> {
    const { namesInOrder } = this.#writer
    // Until then names depend on what the lines before show.
    if (!namesInOrder.settled) return this.#writeNext()
    if (this.#names.length === 0) this.#share(namesInOrder)
    for (;;) {
      this.#handOut()
      const head = this.#slots[0]
      if (head && (head.report || head.isFailed)) return this.#slots.shift()
      const own = this.#slots.length < this.#limit ? this.#writeNext() : undefined
      if (own) {
        this.#slots.push(own)
        // What the threads have done is heard of in between.
        await new Promise((resolve) => setImmediate(resolve))
      } else if (!head) return undefined
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }

  /** From here on pieces are written in any order. */
  #share(namesInOrder: ReportNames): void {
    this.#names.push([0, IDLE])
    for (const entry of namesInOrder.settled!) this.#names.push(entry)
    namesInOrder.changed = (pid) => this.#names.push([pid, namesInOrder.nameOf(pid)])
  }

  #handOut(): void {
    for (const thread of this.#threads)
      while (thread.isFree && this.#slots.length < this.#limit) {
        const slot = this.#nextSlot()
        if (!slot) return
        this.#slots.push(slot)
        if (slot.isFailed) return
        const names = this.#names.slice(thread.names)
        thread.names = this.#names.length
        thread.write(slot.piece, names, this.#memories.pop(), (done) => {
          if (done) {
            slot.report = done.report
            slot.text = done.memory
            slot.length = done.length
            slot.recycle = () => this.#memories.push(done.memory)
          } else slot.isFailed = true
          this.#wake()
        })
      }
  }

  #nextSlot(): Slot | undefined {
    const piece = this.#plan.next()
    return piece && { piece, report: undefined, isFailed: !piece.isBounded, ...EMPTY }
  }

  /** Writes the next piece in this thread. */
  #writeNext(): Slot | undefined {
    const slot = this.#nextSlot()
    if (!slot || slot.isFailed) return slot
    if (this.#names.length > this.#ownNames) {
      this.#writer.learn(this.#names.slice(this.#ownNames))
      this.#ownNames = this.#names.length
    }
    const sink = this.#sinks.pop() ?? new TextSink(PIECE_ROOM)
    slot.report = this.#writer.write(slot.piece, sink)
    slot.text = sink.bytes
    slot.length = sink.length
    slot.recycle = () => this.#sinks.push(sink)
    return slot
  }

  /** Whether a piece's text is as one thread would have written it; then it is made whole. */
  #accept({ report, text }: Slot): boolean {
    if (!report || report.isRefused) return false
    if (this.#end !== undefined && report.start !== this.#end) return false
    if (!fillNames(text, report.names, this.#writer.namesInOrder, this.#column)) return false
    this.#totals.add(report.seen)
    this.#outOfBounds += report.outOfBounds
    this.#end = report.end
    return true
  }

  #tellFindings(): void {
    if (this.#outOfBounds > 0) tellOutOfBounds(this.#trace.diagnostics, this.#outOfBounds)
    this.#totals.report(this.#trace)
  }

  /** Writes the rest without other threads. */
  *#goOnAlone(piece: Piece): Generator<Uint8Array, void, undefined> {
    const { diagnostics } = this.#trace
    const found = new Diagnostics()
    const { line, records } = openRecords(this.#trace, this.#prefixes, this.#options, {
      diagnostics: found,
      outOfBounds: () => this.#outOfBounds++,
      isMoved: true,
    })
    const { namesInOrder } = this.#writer
    line.useNames(namesInOrder)
    namesInOrder.changed = line.renamed
    moveTo(records.movable.streams, piece)
    records.restart()
    if (this.#end === undefined || records.places() !== this.#end) {
      yield* this.#startAnew()
      return
    }
    const sink = new TextSink(MOST + (1 << 16))
    for (let more = true; more; ) {
      sink.clear()
      more = records.write(0xffffffff, 0xffffffff, true, MOST, sink)
      yield sink.bytes.subarray(0, sink.length)
    }
    for (const { code, severity, sample, source, cpu, firstOffset, count } of found.list())
      diagnostics.report(code, severity, sample, { source, cpu, offset: firstOffset, count })
    this.#totals.add(seenBy(records))
    this.#tellFindings()
  }

  /** Writes everything again, and leaves out what has come out: this piece does not begin where another ended. */
  *#startAnew(): Generator<Uint8Array, void, undefined> {
    let left = this.#emitted
    for (const text of new Report([this.#trace], this.#fileNames, this.#options).pieces(MOST)) {
      if (text.length > left) yield text.subarray(left)
      left = Math.max(0, left - text.length)
    }
  }
}

const EMPTY = { text: NO_TEXT, length: 0, recycle: (): void => {} } as const
